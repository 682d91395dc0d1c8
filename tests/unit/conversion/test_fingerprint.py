"""What is an edit of a conversion, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.conversion.capture import capture
from pulumi_dynamo_migrator.conversion.source import fingerprint

PROGRAM = """
RATE = 60 * 60

def helper(n):
    return n * RATE

def convert(item):
    return {"id": item["id"], "n": helper(item["n"]), "text": f"{item['id']}: {RATE}"}
"""

THE_SAME = {
    "formatting, comments and quotes": """
        # a comment
        RATE = (
            60
            * 60
        )
        def helper( n ):   # another
            return (n*RATE)
        def convert(item):
            return {'id': item['id'], 'n': helper(item['n']),
                    'text': f"{item['id']}" f': {RATE}'}
        """,
    "docstrings": '''
        """The module."""
        RATE = 60 * 60
        def helper(n):
            """Help."""
            return n * RATE
        def convert(item):
            """Convert."""
            return {"id": item["id"], "n": helper(item["n"]), "text": f"{item['id']}: {RATE}"}
        ''',
    "type hints": """
        from typing import Any
        RATE: int = 60 * 60
        def helper(n: int) -> int:
            return n * RATE
        def convert(item: dict[str, Any]) -> dict[str, Any]:
            return {"id": item["id"], "n": helper(item["n"]), "text": f"{item['id']}: {RATE}"}
        """,
    "another function beside it": PROGRAM + "\nOTHER = object()\ndef convert_3(item): return OTHER\n",
    "the order of definitions": """
        def convert(item):
            return {"id": item["id"], "n": helper(item["n"]), "text": f"{item['id']}: {RATE}"}
        def helper(n):
            return n * RATE
        RATE = 3600
        """,
}

AN_EDIT = {
    "the function": PROGRAM.replace('"n": helper', '"m": helper'),
    "a helper": PROGRAM.replace("n * RATE", "n + RATE"),
    "a constant": PROGRAM.replace("60 * 60", "60 * 61"),
    "a constant's type": PROGRAM.replace("60 * 60", "60 * 60.0"),
    "a default": PROGRAM.replace("convert(item)", "convert(item, n=None)"),
    "a text": PROGRAM.replace(": {RATE}", ":  {RATE}"),
}


@pytest.mark.parametrize("kind", THE_SAME)
def test_what_does_not_change_the_work_is_no_edit(kind: str, write: Any) -> None:
    before = capture(write(PROGRAM, "before").convert)
    after = capture(write(THE_SAME[kind], "after").convert)
    assert after.fingerprint == before.fingerprint


@pytest.mark.parametrize("kind", AN_EDIT)
def test_what_changes_the_work_is_an_edit(kind: str, write: Any) -> None:
    before = capture(write(PROGRAM, "before").convert)
    after = capture(write(AN_EDIT[kind], "after").convert)
    assert after.fingerprint != before.fingerprint


def test_sets_have_one_fingerprint_in_every_process(write: Any) -> None:
    one = capture(write("KINDS = {'a', 'b', 'c'}\ndef convert(item): return KINDS", "one").convert)
    other = capture(write("KINDS = {'c', 'b', 'a'}\ndef convert(item): return KINDS", "other").convert)
    assert one.fingerprint == other.fingerprint


def test_the_fingerprint_is_the_same_in_every_release_of_python(write: Any) -> None:
    text = """
    from dataclasses import dataclass

    @dataclass
    class Part:
        name: str = "é\\u2028"

    def convert(item, *rest, x=None, **more):
        try:
            with open(f"{item!r:>{10}}{{}}a" "b") as f:
                found = [Part(y) for y in f if y] or {**more}
        except* OSError:
            found = None, ..., -1, 1e400, 2j, b"x"
        match found:
            case {"a": [1, *others], **kept} | Part(name=(kept, others)) if (n := 3):
                return lambda: (others, kept, n, *rest, x)
            case _:
                return f"{found!r}" + f'{item["id"]=}'
    """
    assert capture(write(text).convert).fingerprint == "1e476ab3e5c4b91d859155e3b62a14c2"


def test_a_second_definition_of_a_name_makes_the_order_count() -> None:
    assert fingerprint("A = 1\nB = A\nA = 2\n", "A") != fingerprint("A = 1\nA = 2\nB = A\n", "A")
    assert fingerprint("A = 1\nB = 2\n", "A") == fingerprint("B = 2\nA = 1\n", "A")
