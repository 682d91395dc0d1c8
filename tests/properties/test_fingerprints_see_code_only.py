"""Law: a fingerprint does not see comments, formatting and docstrings, and does see each change of the code."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.conversion.source import fingerprint

LINES = [
    "RATE = 3",
    "def helper(n):",
    "    total = n * RATE",
    "    return [total, 'text', None]",
    "class Kind:",
    "    large = 1",
    "    def size(self):",
    "        return self.large",
    "def convert(item):",
    "    if item['n'] > 2:",
    "        return {'n': helper(item['n']), **item}",
    "    return None",
]
PROGRAM = "\n".join(LINES)
CONSTANTS = [node for node in ast.walk(ast.parse(PROGRAM)) if isinstance(node, ast.Constant)]

comments = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=10)
docstrings = st.text(st.sampled_from("ab \n'"), min_size=1, max_size=10)


@st.composite
def dressed(draw: st.DrawFn) -> str:
    """The program with other spaces, comments and docstrings."""
    lines = []
    for line in LINES:
        lines += [f"# {draw(comments)}"] * draw(st.integers(0, 1)) + [""] * draw(st.integers(0, 2))
        lines.append(
            line.replace(" = ", draw(st.sampled_from(["=", "  =  "]))) + draw(st.sampled_from(["", "  # why"]))
        )
        if line.endswith(":") and not line.strip().startswith("if") and draw(st.booleans()):
            indent = " " * (len(line) - len(line.lstrip()) + 4)
            lines.append(f"{indent}{draw(docstrings)!r}")
    return "\n".join(lines)


@given(dressed())
def test_dress_is_no_edit(text: str) -> None:
    assert fingerprint(text, "convert") == fingerprint(PROGRAM, "convert")


@given(st.integers(0, len(CONSTANTS) - 1), st.integers() | st.text() | st.binary() | st.booleans() | st.none())
def test_another_constant_is_an_edit(place: int, value: object) -> None:
    tree = ast.parse(PROGRAM)
    constant = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)][place]
    same = type(constant.value) is type(value) and constant.value == value
    constant.value = value  # type: ignore[assignment]
    changed = ast.unparse(tree)
    assert (fingerprint(changed, "convert") == fingerprint(PROGRAM, "convert")) == same


@given(st.integers(0, len(LINES) - 1))
def test_a_missing_line_is_an_edit(place: int) -> None:
    text = "\n".join(LINES[:place] + LINES[place + 1 :])
    try:
        found = fingerprint(text, "convert")
    except SyntaxError:
        return
    assert found != fingerprint(PROGRAM, "convert")
