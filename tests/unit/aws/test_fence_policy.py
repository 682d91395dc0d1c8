"""The fence as text: it comes, is renewed and goes, and nothing else of a policy changes."""

from __future__ import annotations

import json
from typing import Any

from pulumi_dynamo_migrator.aws.fence_policy import SID, WRITES, has_fence, with_fence, without_fence

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
THEIRS: dict[str, Any] = {
    "Version": "2012-10-17",
    "Id": "shared",
    "Statement": [
        {
            "Sid": "Partner",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
            "Action": "dynamodb:GetItem",
            "Resource": ARN,
        }
    ],
}


def told(policy: str | None) -> dict[str, Any]:
    assert policy is not None
    document: dict[str, Any] = json.loads(policy)
    return document


def test_a_table_without_a_policy_gets_one_that_denies_every_write() -> None:
    (statement,) = told(with_fence(None, ARN, until=None))["Statement"]
    assert statement == {
        "Sid": SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": [
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:PartiQLInsert",
            "dynamodb:PartiQLUpdate",
            "dynamodb:PartiQLDelete",
        ],
        "Resource": ARN,
    }
    assert told(with_fence(None, ARN, until=None))["Version"] == "2012-10-17"


def test_no_action_that_reads_is_denied() -> None:
    assert len(WRITES) == 7
    assert not [action for action in WRITES if "Get" in action or "Select" in action or "Query" in action]


def test_an_end_becomes_a_condition_and_is_never_earlier_than_asked() -> None:
    (statement,) = told(with_fence(None, ARN, until=1_700_000_000.2))["Statement"]
    assert statement["Condition"] == {"DateLessThan": {"aws:CurrentTime": "2023-11-14T22:13:21Z"}}


def test_what_others_say_in_the_policy_stays_when_the_fence_comes_and_when_it_goes() -> None:
    fenced = with_fence(json.dumps(THEIRS), ARN, until=1_700_000_000)
    assert told(fenced)["Statement"][:1] == THEIRS["Statement"]
    assert told(fenced)["Id"] == "shared"
    assert told(without_fence(fenced)) == THEIRS


def test_a_single_statement_without_a_list_is_kept() -> None:
    single = {**THEIRS, "Statement": THEIRS["Statement"][0]}
    fenced = with_fence(json.dumps(single), ARN, until=None)
    assert [one["Sid"] for one in told(fenced)["Statement"]] == ["Partner", SID]
    assert told(without_fence(fenced)) == THEIRS


def test_a_renewal_replaces_the_fence() -> None:
    first = with_fence(json.dumps(THEIRS), ARN, until=1_700_000_000)
    second = with_fence(first, ARN, until=1_700_000_100)
    assert [one["Sid"] for one in told(second)["Statement"]] == ["Partner", SID]
    assert "22:15:00Z" in second
    assert "Condition" not in told(with_fence(second, ARN, until=None))["Statement"][1]


def test_the_same_fence_again_changes_no_letter() -> None:
    text = json.dumps(json.loads(with_fence(None, ARN, until=1_700_000_000)), indent=2)
    assert with_fence(text, ARN, until=1_700_000_000) == text


def test_a_policy_of_our_fence_alone_leaves_nothing() -> None:
    assert without_fence(with_fence(None, ARN, until=None)) is None


def test_a_policy_without_a_fence_comes_back_as_it_is() -> None:
    text = json.dumps(THEIRS, indent=4)
    assert without_fence(text) == text


def test_a_fence_is_seen_whether_it_is_over_or_not() -> None:
    assert has_fence(with_fence(json.dumps(THEIRS), ARN, until=1))
    assert has_fence(with_fence(None, ARN, until=None))
    assert not has_fence(json.dumps(THEIRS))
    assert not has_fence(None)
