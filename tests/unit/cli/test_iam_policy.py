"""The command `iam-policy`: what it is told becomes an `Operator`, and what it prints is a policy document."""

from __future__ import annotations

import json

import pytest

from pulumi_dynamo_migrator.__main__ import main
from pulumi_dynamo_migrator.aws.operator_policy import Operator, operator_policy
from pulumi_dynamo_migrator.aws.policies import Place


def test_without_words_it_prints_the_policy_for_any_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["iam-policy"]) == 0
    assert capsys.readouterr().out == operator_policy(Operator(Place("*", "*", "*"))) + "\n"


def test_every_word_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--partition", "aws-cn", "--region", "cn-north-1", "--account", "123456789012"]
    what = ["--table", "orders", "--table", "people", "--no-fence", "--script", "--older-library"]
    with_what = ["--role", "copier", "--permissions-boundary", "arn:b", "--kms-key", "arn:k1", "--kms-key", "arn:k2"]
    assert main(["iam-policy", *where, *what, *with_what]) == 0
    who = Operator(
        Place("aws-cn", "cn-north-1", "123456789012"),
        ("orders", "people"),
        fences=False,
        script=True,
        older_library=True,
        role="copier",
        permissions_boundary="arn:b",
        kms_keys=("arn:k1", "arn:k2"),
    )
    assert json.loads(capsys.readouterr().out) == json.loads(operator_policy(who))


def test_a_name_that_no_table_has_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["iam-policy", "--table", "a/b"]) == 1
    assert "'a/b' is no base name of tables." in capsys.readouterr().err


def test_a_policy_that_iam_would_not_take_is_printed_with_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--partition", "aws", "--region", "eu-central-1", "--account", "123456789012", "--script"]
    assert main(["iam-policy", *where, "--table", "orders", "--table", "customers"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["iam-policy", *where, *(word for one in "abcdefgh" for word in ("--table", f"orders-{one}"))]) == 0
    told = capsys.readouterr()
    assert "a customer managed policy holds 6,144" in told.err
    assert "orders-h_V*" in str(json.loads(told.out))
