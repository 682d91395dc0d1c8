"""Where and as whom AWS is asked: `aws:*` stack configuration as data. Never asks AWS, never prints a secret.

Objects of the stack configuration arrive as JSON text (`aws:endpoints`, `aws:assumeRole`, `aws:assumeRoles`), booleans
as "true"; an explicit provider's arrive with snake_case names inside. Both are read. What is None is left to boto3's
usual chain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_dynamo_migrator.errors import MigratorError


class ConfigError(MigratorError):
    """The `aws:*` configuration cannot be followed."""


@dataclass(frozen=True, slots=True)
class RoleToAssume:
    """One link of a chain of roles."""

    role_arn: str
    session_name: str = "pulumi-dynamo-migrator"
    external_id: str | None = None
    duration_seconds: int | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None


@dataclass(frozen=True, slots=True)
class AwsConfig:
    """What the program or the stack says about AWS; hashable, so that one session serves all that say the same."""

    region: str | None = None
    profile: str | None = None
    endpoints: tuple[tuple[str, str], ...] = ()
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    assume_roles: tuple[RoleToAssume, ...] = ()
    default_tags: tuple[tuple[str, str], ...] = ()
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()
    use_fips: bool | None = None
    use_dualstack: bool | None = None

    @classmethod
    def from_pulumi(cls, config: Mapping[str, str | None]) -> AwsConfig:
        """From `aws:*` stack configuration (or a provider's inputs under the same names)."""
        stack = _Stack(config)
        _refuse_unread(stack)
        return cls(
            region=stack.text("region"),
            profile=stack.text("profile"),
            endpoints=_endpoints(stack.value("endpoints")),
            access_key=stack.text("accessKey"),
            secret_key=stack.text("secretKey"),
            token=stack.text("token"),
            assume_roles=_roles(stack),
            default_tags=_pairs(_snaked(stack.value("defaultTags") or {}).get("tags")),
            allowed_accounts=_texts(stack.value("allowedAccountIds")),
            forbidden_accounts=_texts(stack.value("forbiddenAccountIds")),
            use_fips=stack.flag("useFipsEndpoint"),
            use_dualstack=stack.flag("useDualstackEndpoint"),
        )

    def endpoint(self, service: str) -> str | None:
        """The URL for a service, by boto3's name.

        Streams have no name of their own in the stack's list: a DynamoDB that is not AWS's serves its streams too.
        """
        urls = dict(self.endpoints)
        if service in urls:
            return urls[service]
        dynamodb = urls.get("dynamodb")
        if service == "dynamodbstreams" and dynamodb is not None and "amazonaws.com" not in dynamodb:
            return dynamodb
        return None


@dataclass(frozen=True, slots=True)
class _Stack:
    config: Mapping[str, str | None]

    def text(self, name: str) -> str | None:
        return self.config.get(f"aws:{name}") or None

    def flag(self, name: str) -> bool | None:
        text = self.text(name)
        return None if text is None else str(text).lower() == "true"

    def value(self, name: str) -> Any:
        text = self.text(name)
        if not isinstance(text, str):
            return text
        try:
            return json.loads(text)
        except ValueError as error:
            raise ConfigError(
                f"The stack configuration aws:{name} is not JSON: {error}.",
                now=f"set it again, as `pulumi config set --path aws:{name}…` does.",
            ) from None


_UNREAD = {
    "assumeRoleWithWebIdentity": "set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE instead",
    "sharedConfigFiles": "set AWS_CONFIG_FILE instead",
    "sharedCredentialsFiles": "set AWS_SHARED_CREDENTIALS_FILE instead",
}


def _refuse_unread(stack: _Stack) -> None:
    """Settings that change who asks and that are not read: going on as somebody else would be worse than stopping."""
    for name, instead in _UNREAD.items():
        if stack.value(name):
            what = f"The stack configuration aws:{name} is not read by pulumi-dynamo-migrator."
            raise ConfigError(what, now=f"{instead}.")


def _endpoints(value: Any) -> tuple[tuple[str, str], ...]:
    blocks = [value] if isinstance(value, Mapping) else value or []
    return tuple(sorted((str(name).lower(), str(url)) for block in blocks for name, url in block.items() if url))


def _roles(stack: _Stack) -> tuple[RoleToAssume, ...]:
    one, several = stack.value("assumeRole"), stack.value("assumeRoles")
    blocks = [block for value in (one, several) for block in ([value] if isinstance(value, Mapping) else value or [])]
    return tuple(dict.fromkeys(_role(_snaked(block)) for block in blocks if block))


def _role(block: Mapping[str, Any]) -> RoleToAssume:
    if not block.get("role_arn"):
        raise ConfigError("aws:assumeRole has no roleArn.", now="add it, or take aws:assumeRole out.")
    return RoleToAssume(
        role_arn=str(block["role_arn"]),
        session_name=str(block.get("session_name") or "pulumi-dynamo-migrator"),
        external_id=block.get("external_id") or None,
        duration_seconds=_seconds(block.get("duration")),
        policy=block.get("policy") or None,
        policy_arns=_texts(block.get("policy_arns")),
        tags=_pairs(block.get("tags")),
        transitive_tag_keys=_texts(block.get("transitive_tag_keys")),
        source_identity=block.get("source_identity") or None,
    )


def _snaked(block: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub(r"(?<=[a-z])[A-Z]", lambda found: "_" + found[0].lower(), name): block[name] for name in block}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value or ())


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(name), str(text)) for name, text in (value or {}).items()))


_UNITS = {"h": 3600, "m": 60, "s": 1}


def _seconds(text: Any) -> int | None:
    """Go's duration text ("1h30m", "900s") or a number of seconds."""
    if text in (None, ""):
        return None
    if isinstance(text, int | float) or str(text).isdigit():
        return int(text)
    parts = re.findall(r"(\d+)(h|m|s)", str(text))
    if "".join(number + unit for number, unit in parts) != text:
        raise ConfigError(f"aws:assumeRole has the duration {text!r}.", now="write it as 1h30m or 900s.")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)
