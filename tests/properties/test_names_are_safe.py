"""Whatever a program calls things: names made of it stay within what AWS takes, and policies name them alone.

What comes from users as a table's name is refused unless it is one; the rest is made of slugs and hashes.
"""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.aws.item_statements import insert_statement
from pulumi_dynamo_migrator.aws.policies import Place, replicator_policy
from pulumi_dynamo_migrator.model.names import (
    TABLE_NAME,
    Identity,
    drawn_base_name,
    helper_name,
    migration_id,
    version_table,
)
from pulumi_dynamo_migrator.plan.problems import problems
from tests.fakes.plans import asks

PLACE = Place("aws", "eu-west-1", "123456789012")
HELPER = re.compile(r"[a-zA-Z0-9_-]{1,64}", re.ASCII)

hostile = st.sampled_from(
    ['"', "'", "\\", "\n", "*", "?", "${aws:username}", ":", "/", "::", "#", " VALUE {", '"}', "é", "\0", "a", "-"]
)
texts = st.text(max_size=60) | st.lists(hostile, min_size=1, max_size=12).map("".join)


@given(resource=texts, draw=st.from_regex(r"[0-9a-f]{8}", fullmatch=True), target=st.integers(2, 9999))
@example(resource="", draw="00000000", target=2)
@example(resource="*" * 300, draw="00000000", target=2)
def test_names_of_our_own_are_always_legal_and_policies_name_nothing_else(
    resource: str, draw: str, target: int
) -> None:
    identity = Identity(f"urn:pulumi:dev::shop::pkg:Table::{resource}")
    base, migration = drawn_base_name(resource, draw), migration_id(identity.entry_id, target, 1)
    assert TABLE_NAME.match(base)
    assert HELPER.fullmatch(helper_name(migration))
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", migration, re.ASCII)
    successor, function = version_table(base, target), helper_name(migration)
    text = replicator_policy(
        PLACE, source=base, stream_arn="arn", target=successor, ledger="l", migration_id=migration, function=function
    )
    table = "arn:aws:dynamodb:eu-west-1:123456789012:table"
    log = f"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/{function}:*"
    named = [one["Resource"] for one in json.loads(text)["Statement"]]
    assert named == ["arn", f"{table}/{base}", f"{table}/{successor}", f"{table}/l", log]
    assert not set("*?$") & set("".join(named).removesuffix("*"))


@given(name=texts.filter(lambda text: not re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", text, re.ASCII)))
@example(name="orders\n")
@example(name='orders" VALUE {')
@example(name="arn:aws:dynamodb:eu-west-1:123456789012:table/orders")
def test_what_is_no_tables_name_is_refused_wherever_it_is_given(name: str) -> None:
    assert any(repr(name) in one for one in problems(asks(name=name)))
    assert any(repr(name) in one for one in problems(asks(adopt=name)))


@pytest.mark.parametrize("name", ["orders", "a.b-c_D9", "x" * 255])
def test_what_is_one_is_not(name: str) -> None:
    assert problems(asks(name=name)) == []


@given(table=texts, names=st.lists(texts, min_size=1, max_size=4, unique=True))
@example(table="t\" VALUE {'a': 1}; --", names=["a': 'b', 'c"])
def test_no_name_ends_the_quotes_that_it_stands_in(table: str, names: list[str]) -> None:
    text = insert_statement(table, tuple(names))
    assert text is not None
    start, *rest = tokens(str(json.loads(bytes(text))))
    assert start == "INSERT INTO"
    assert rest[0] == ("name", table)
    assert rest[1] == "VALUE {"
    assert rest[2:-1] == [token for name in names for token in (("text", name), ": ?", ",")][:-1]
    assert rest[-1] == "}"


_TOKEN = re.compile(r"\"(?P<name>(?:[^\"]|\"\")*)\"|'(?P<text>(?:[^']|'')*)'|(?P<rest>[^\"']+)", re.DOTALL)


def tokens(statement: str) -> list[object]:
    """A PartiQL text as a lexer sees it: quoted identifiers, quoted strings, and what is between."""
    found: list[object] = []
    for one in _TOKEN.finditer(statement):
        if one["name"] is not None:
            found.append(("name", one["name"].replace('""', '"')))
        elif one["text"] is not None:
            found.append(("text", one["text"].replace("''", "'")))
        elif one["rest"].startswith(": ?,"):
            found += [": ?", ","]
        else:
            found.append(one["rest"].strip())
    if isinstance(found[-1], str) and found[-1] == ": ?}":
        found[-1:] = [": ?", "}"]
    return found
