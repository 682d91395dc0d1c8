"""structure and settings → CreateTable → DescribeTable → structure and settings is the identity."""

from __future__ import annotations

from dataclasses import replace

import boto3
from botocore.validate import ParamValidator
from hypothesis import given

from pulumi_dynamo_migrator.aws.table_requests import create_table
from pulumi_dynamo_migrator.aws.table_shapes import observed_table
from pulumi_dynamo_migrator.model.spec import Settings, Structure
from tests.properties.structures import description_after, tables

SHAPE = (
    boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    .meta.service_model.operation_model("CreateTable")
    .input_shape
)


@given(tables())
def test_what_was_asked_is_what_is_seen(asked: tuple[Structure, Settings]) -> None:
    structure, settings = asked
    seen = observed_table(description_after(create_table("orders", structure, settings=settings, tags={})))
    assert seen.structure == structure
    assert seen.settings == settings


@given(tables())
def test_every_request_is_one_that_botocores_model_knows(asked: tuple[Structure, Settings]) -> None:
    structure, settings = asked
    request = create_table("orders", structure, settings=replace(settings, tags=(("a", "1"),)), tags={"b": "2"})
    assert SHAPE is not None
    assert not ParamValidator().validate(request, SHAPE).has_errors()


@given(tables())
def test_what_was_seen_can_be_asked_for_again(asked: tuple[Structure, Settings]) -> None:
    structure, settings = asked
    request = create_table("orders", structure, settings=settings, tags={})
    seen = observed_table(description_after(request))
    assert create_table("orders", seen.structure, settings=seen.settings, tags={}) == request
