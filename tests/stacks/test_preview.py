"""What `pulumi preview` shows: the plan as text and as JSON, its hazards, and every refusal, with nothing changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program, Result
from tests.stacks.programs import BY_CUSTOMER, PLAIN, RANGED, Code, program

pytestmark = pytest.mark.stack

TYPE = "pulumi-python:dynamic/dynamo:MigratedTable"


def planned(result: Result) -> dict[str, Any]:
    """Give the plan in a JSON preview."""
    [step] = [one for one in result.json["steps"] if TYPE in one["urn"]]
    plan: dict[str, Any] = step["newState"]["inputs"]["plan"]
    return plan


def said(result: Result) -> list[str]:
    """Give the messages of a JSON preview about our resource, in order, without their colours."""
    told = [one["message"] for one in result.json["diagnostics"] if TYPE in one.get("urn", "")]
    return [re.sub(r"<\{%.*?%\}>", "", one).removeprefix("warning: ") for one in told]


def refusal(result: Result) -> list[str]:
    """Give the sentences of a refused preview, each once, without what the engine says around them."""
    result.failed()
    assert "Traceback" not in result.text, result.text
    mark = "has a problem: "
    return list(dict.fromkeys(line.partition(mark)[2].strip() for line in result.text.splitlines() if mark in line))


def test_a_preview_shows_route_steps_resources_size_and_hazards_as_text_and_as_json(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN))
    told = stack.preview(json=True).ok()
    plan = planned(told)
    assert (plan["route"], plan["becomes"]) == ("create", 1)
    assert account.tables() == []

    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    items = [{"id": f"k{number}", "at": number, "customer": "c"} for number in range(30)]
    account.put(name, [*items, {"id": "without a number"}])
    before = account.picture()

    stack.edit(program(**RANGED))
    told = stack.preview(json=True).ok()
    plan = planned(told)
    assert (plan["route"], plan["served"], plan["becomes"]) == ("successor", 1, 2)
    assert plan["why"] == ["range_key none → at"]
    assert any(f"{name}_V2" in one for one in plan["steps"])
    assert [one.split()[0] for one in plan["makes"]] == ["table", "Lambda", "event", "IAM", "stream"]
    assert plan["copy"]["items"] == 31
    hazards = [hazard["what"] for hazard in plan["hazards"]]
    assert "no lossless way back" in hazards[0]
    assert any("without a number" in hazard for hazard in hazards), hazards
    assert any("point-in-time recovery is off" in hazard for hazard in hazards)
    assert all(hazard["now"] for hazard in plan["hazards"])

    messages = said(told)
    assert [message.startswith("hazard: ") for message in messages] == [True] * len(hazards) + [False], messages
    assert messages[-1].startswith(f"plan: successor {name}_V2")
    assert account.picture() == before

    text = stack.preview("--diff").ok().text
    for words in ("route: successor (version 1 → 2)", "why: range_key none → at", f"+ table {name}_V2", "what now:"):
        assert words in text
    assert account.picture() == before

    stack.edit(program(**BY_CUSTOMER))
    assert "held, not served" in stack.preview().ok().text
    assert account.picture() == before


@dataclass(frozen=True)
class Bad:
    """A program that cannot be carried out, and the words of each sentence that says so: what, where, what now."""

    sentences: tuple[tuple[str, ...], ...]
    arguments: Mapping[str, Any]
    before: str = ""

    def program(self) -> dict[str, str]:
        return program(before=self.before, **self.arguments)


SAME = "def same(item):\n    return item\n"
OPEN_FILE = "log = open(__file__)\n\ndef noisy(item):\n    log.read()\n    return item\n"
RANDOM = "import random\n\ndef drawn(item):\n    item['drawn'] = random.randrange(10**9)\n    return item\n"

BAD_FROM_THE_START = {
    "unknown arguments": Bad(
        (("rnage_key", "did you mean range_key?"), ("migration.segment", "did you mean segments?")),
        {**PLAIN, "rnage_key": "at", "migration": Code("{'segment': 4}")},
    ),
    "a description that contradicts itself in every way": Bad(
        (
            ("hash_key", "'id'", "add 'id'"),
            ("by_customer", "'customer'", "add 'customer'"),
            ("'lonely'", "no key and no index uses it", "take it out"),
            ("'at'", "'STRING'", "S (string), N (number) or B (binary)"),
            ("local_secondary_indexes: 6", "allows 5", "make the rest global indexes"),
            ("out of order", "number 2 comes after 3", "put it last"),
        ),
        {
            "hash_key": "id",
            "range_key": "at",
            "attributes": {"at": "STRING", "lonely": "S", **dict.fromkeys("abcdef", "S")},
            "local_secondary_indexes": [{"name": f"by_{letter}", "range_key": letter} for letter in "abcdef"],
            "global_secondary_indexes": [{"name": "by_customer", "hash_key": "customer"}],
            "conversions": Code("[Conversion(3, same), Conversion(2, same)]"),
        },
        SAME,
    ),
    "a conversion that cannot be shipped": Bad(
        (("conversion 2 cannot be shipped", "log"),),
        {**PLAIN, "conversions": Code("[Conversion(2, noisy)]")},
        OPEN_FILE,
    ),
    "a name that a stranger's table has": Bad(
        (("strangers", "not this resource's", "adopt='strangers'"),), {**PLAIN, "name": "strangers"}
    ),
    "an adopted table that does not exist": Bad(
        (("'nowhere'", "no such table", "correct the name"),), {**PLAIN, "adopt": "nowhere"}
    ),
    "an adopted table with other keys": Bad(
        (("'strangers'", "hash_key", "Describe it first as it is"),),
        {"hash_key": "at", "attributes": {"at": "S"}, "adopt": "strangers"},
    ),
}

BAD_LATER = {
    "an edited conversion": Bad(
        (("conversion 2 was applied", "edited since", "conversion 3"),),
        {**RANGED, "conversions": Code("[Conversion(2, same)]")},
        "def same(item):\n    item['more'] = 1\n    return item\n",
    ),
    "a removed conversion": Bad((("conversion 2 was applied", "no longer in the list", "put it back"),), RANGED),
    "a key type without a conversion": Bad(
        (("'id'", "from S to N", "add a conversion"),),
        {**RANGED, "attributes": {"id": "N", "at": "N"}, "conversions": Code("[Conversion(2, same)]")},
        SAME,
    ),
    "a conversion that is not steady": Bad(
        (("two results for one item", "take random numbers, clocks and counters out"),),
        {**RANGED, "conversions": Code("[Conversion(2, same), Conversion(3, drawn)]")},
        SAME + RANDOM,
    ),
}


BAD_NAME = {
    "a successor's name that is taken": Bad(
        (("_V2", "taken", "delete or rename"),),
        {
            **RANGED,
            "local_secondary_indexes": [{"name": "by_when", "range_key": "when"}],
            "attributes": {"id": "S", "at": "N", "when": "N"},
            "conversions": Code("[Conversion(2, same)]"),
        },
        SAME,
    ),
}


def refuse(stack: Program, account: Account, cases: Mapping[str, Bad]) -> None:
    before = account.picture()
    for title, bad in cases.items():
        stack.edit(bad.program())
        found = refusal(stack.preview())
        assert len(found) == len(bad.sentences), f"{title}: {found}"
        for words in bad.sentences:
            told = [sentence for sentence in found if all(word in sentence for word in words)]
            assert len(told) == 1, f"{title}: {words} are not in one of {found}"
        assert account.picture() == before, title


def test_bad_input_fails_the_first_preview_with_one_sentence_and_makes_nothing_not_even_the_ledger(
    account: Account, make_program: MakeProgram
) -> None:
    account.make_table("strangers", keys={"id": "S"})
    stack = make_program(program(**PLAIN))
    refuse(stack, account, BAD_FROM_THE_START)
    assert account.tables() == ["strangers"]


def test_bad_input_fails_a_later_preview_with_one_sentence_and_changes_nothing(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**RANGED, before=SAME, conversions=Code("[Conversion(2, same)]")))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, [{"id": "k", "at": 1}])
    refuse(stack, account, BAD_LATER)
    account.make_table(f"{name}_V2", keys={"id": "S"})
    refuse(stack, account, BAD_NAME)


def test_a_refused_up_changes_nothing_either_and_says_the_same(account: Account, make_program: MakeProgram) -> None:
    account.make_table("strangers", keys={"id": "S"})
    before = account.picture()
    stack = make_program(BAD_FROM_THE_START["a name that a stranger's table has"].program())
    assert any("strangers" in sentence for sentence in refusal(stack.up("--skip-preview")))
    assert account.picture() == before


def test_without_credentials_or_a_region_the_preview_says_what_to_set(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN))
    keys = {name: stack.environment.pop(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    [sentence] = refusal(stack.preview())
    assert "No AWS credentials are configured" in sentence

    stack.environment.update(keys)
    region = stack.environment.pop("AWS_REGION")
    assert stack.environment.pop("AWS_DEFAULT_REGION") == region
    [sentence] = refusal(stack.preview())
    assert "No AWS region is configured" in sentence

    stack.config("aws:region", region).ok()
    assert "create table" in stack.preview().ok().text
    assert account.tables() == []
