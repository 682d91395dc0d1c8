"""`aws:*` stack configuration as Pulumi hands it over."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.aws.config import AwsConfig, ConfigError, RoleToAssume


def test_an_empty_configuration_leaves_everything_to_boto3() -> None:
    assert AwsConfig.from_pulumi({}) == AwsConfig()


def test_plain_settings_are_taken_as_they_are() -> None:
    config = AwsConfig.from_pulumi({"aws:region": "eu-west-1", "aws:profile": "dev", "aws:token": None})
    assert (config.region, config.profile, config.token) == ("eu-west-1", "dev", None)


def test_endpoints_are_json_text_and_name_services_in_any_case() -> None:
    config = AwsConfig.from_pulumi({"aws:endpoints": '[{"dynamodb": "http://d", "Lambda": "http://l"}]'})
    assert (config.endpoint("dynamodb"), config.endpoint("lambda")) == ("http://d", "http://l")
    assert config.endpoint("iam") is None


def test_streams_follow_a_dynamodb_that_is_not_awss() -> None:
    local = AwsConfig.from_pulumi({"aws:endpoints": '[{"dynamodb": "http://localhost:4566"}]'})
    private = AwsConfig.from_pulumi(
        {"aws:endpoints": '[{"dynamodb": "https://vpce-1.dynamodb.eu-west-1.amazonaws.com"}]'}
    )
    assert local.endpoint("dynamodbstreams") == "http://localhost:4566"
    assert private.endpoint("dynamodbstreams") is None


def test_both_spellings_of_roles_are_read_in_order_and_once() -> None:
    one = (
        '{"roleArn": "arn:a", "sessionName": "s", "externalId": "x", "duration": "1h30m", "tags": {"b": "2", "a": "1"}}'
    )
    config = AwsConfig.from_pulumi({"aws:assumeRole": one, "aws:assumeRoles": f'[{one}, {{"role_arn": "arn:b"}}]'})
    assert config.assume_roles == (
        RoleToAssume("arn:a", "s", external_id="x", duration_seconds=5400, tags=(("a", "1"), ("b", "2"))),
        RoleToAssume("arn:b"),
    )


def test_default_tags_accounts_and_switches_are_read() -> None:
    config = AwsConfig.from_pulumi(
        {
            "aws:defaultTags": '{"tags": {"team": "blue"}}',
            "aws:allowedAccountIds": '["1"]',
            "aws:forbiddenAccountIds": '["2"]',
            "aws:useFipsEndpoint": "true",
        }
    )
    assert config.default_tags == (("team", "blue"),)
    assert (config.allowed_accounts, config.forbidden_accounts) == (("1",), ("2",))
    assert (config.use_fips, config.use_dualstack) == (True, None)


def test_a_secret_is_never_printed() -> None:
    assert "hush" not in repr(AwsConfig.from_pulumi({"aws:accessKey": "hush1", "aws:secretKey": "hush2"}))


def test_a_configuration_is_hashable_so_that_sessions_can_be_shared() -> None:
    text = {"aws:endpoints": '[{"dynamodb": "http://d"}]', "aws:assumeRole": '{"roleArn": "arn:a"}'}
    assert len({AwsConfig.from_pulumi(text), AwsConfig.from_pulumi(text)}) == 1


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("endpoints", "[", "not JSON"),
        ("assumeRole", '{"sessionName": "s"}', "no roleArn"),
        ("assumeRole", '{"roleArn": "a", "duration": "soon"}', "duration"),
        ("assumeRoleWithWebIdentity", '{"roleArn": "a"}', "is not read"),
        ("sharedCredentialsFiles", '["/x"]', "is not read"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        AwsConfig.from_pulumi({f"aws:{name}": value})
