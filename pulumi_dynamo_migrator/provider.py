"""The dynamic provider: what Pulumi's engine calls. Its path and its property names are in users' state files.

Stateless (one instance serves four threads); all decisions are made elsewhere, one module a call: `preview`,
`converge`, `refresh`, `remove`. They are imported when they are called: the user's program, which only names this
class, never loads boto3.
"""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

AWS_KEYS = (
    "region",
    "profile",
    "endpoints",
    "accessKey",
    "secretKey",
    "token",
    "assumeRole",
    "assumeRoles",
    "assumeRoleWithWebIdentity",
    "defaultTags",
    "allowedAccountIds",
    "forbiddenAccountIds",
    "useFipsEndpoint",
    "useDualstackEndpoint",
    "sharedConfigFiles",
    "sharedCredentialsFiles",
)
"""What the stack may say about AWS; the names are pulumi_aws's."""

_configuration: dict[str, Any] = {}


class MigratedTableProvider(ResourceProvider):
    """`pulumi_dynamo_migrator.provider.MigratedTableProvider`, pickled by reference into every state: never moved."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Keep the stack's `aws:*` configuration for the sessions to come; once in a process."""
        _configuration.update({f"aws:{key}": req.config.get(f"aws:{key}") for key in AWS_KEYS})

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate, plan, show the plan in a preview; every reason against it at once, with no property named."""
        from pulumi_dynamo_migrator.lifecycle.preview import check

        inputs, failures = check(_olds, news, configuration=_configuration)
        return CheckResult(inputs, [CheckFailure("", failure) for failure in failures])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare what is asked with what was done; never with old inputs. Nothing here ever needs a replacement."""
        from pulumi_dynamo_migrator.bags.outputs import differs
        from pulumi_dynamo_migrator.system import SystemClock

        return DiffResult(changes=differs(_olds, _news, now=SystemClock().now()), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Bring AWS to what is asked; a resource that the ledger knows already is taken up where it stands."""
        from pulumi_dynamo_migrator.console import telling
        from pulumi_dynamo_migrator.lifecycle.converge import create

        with telling(props):
            return CreateResult(*create(props, configuration=_configuration))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Bring AWS to what is asked."""
        from pulumi_dynamo_migrator.console import telling
        from pulumi_dynamo_migrator.lifecycle.converge import update

        with telling(_news):
            return UpdateResult(update(_id, _news, configuration=_configuration))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Look at AWS and the ledger; drift comes back as inputs, a lost table as the phase `lost`."""
        from pulumi_dynamo_migrator.console import telling
        from pulumi_dynamo_migrator.lifecycle.refresh import read

        with telling(props):
            return ReadResult(*read(id_, props, configuration=_configuration))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove what was made, unless a newer registration has taken the table over."""
        from pulumi_dynamo_migrator.console import telling
        from pulumi_dynamo_migrator.lifecycle.remove import delete

        with telling(_props):
            delete(_id, _props, configuration=_configuration)
