"""IAM roles for the replicator: made, found and removed by name. Never touches a role that is not tagged as ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_dynamo_migrator.aws.faults import Fault, TakenError, asking, unless
from pulumi_dynamo_migrator.aws.policies import TRUST
from pulumi_dynamo_migrator.aws.table_requests import tag_list

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

POLICY = "replicator"
"""The name of the one inline policy."""


@dataclass(frozen=True, slots=True)
class ObservedRole:
    """A role as it is."""

    name: str
    arn: str
    tags: tuple[tuple[str, str], ...]


class Roles:
    """One door to roles. Safe to share between threads."""

    def __init__(self, client: IAMClient) -> None:
        self._client = client

    def describe(self, name: str) -> ObservedRole | None:
        """The role; None only when IAM is sure that there is none."""
        with unless(Fault.GONE), asking("iam:GetRole", f"role {name}"):
            role = self._client.get_role(RoleName=name)["Role"]
            tags = tuple(sorted((tag["Key"], tag["Value"]) for tag in role.get("Tags", ())))
            return ObservedRole(name=name, arn=role["Arn"], tags=tags)
        return None

    def ensure(
        self, name: str, *, policy: str, tags: Mapping[str, str], permissions_boundary: str | None = None
    ) -> str:
        """Make the role with this one inline policy, trusted by Lambda; its ARN.

        Twice is as good as once: a role that has all these tags is the one that was made before, and gets the policy
        again; any other under this name is a stranger's: TakenError.
        """
        arn = self._made(name, tags, permissions_boundary)
        with asking("iam:PutRolePolicy", f"role {name}"):
            self._client.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=policy)
        return arn

    def _made(self, name: str, tags: Mapping[str, str], boundary: str | None) -> str:
        extra: dict[str, Any] = {} if boundary is None else {"PermissionsBoundary": boundary}
        with unless(Fault.EXISTS), asking("iam:CreateRole", f"role {name}"):
            answer = self._client.create_role(
                RoleName=name,
                AssumeRolePolicyDocument=TRUST,
                Description="Replicator of a table migration, made by pulumi-dynamo-migrator",
                Tags=tag_list(tags),
                **extra,
            )
            return answer["Role"]["Arn"]
        return self._own(name, tags).arn

    def _own(self, name: str, tags: Mapping[str, str]) -> ObservedRole:
        seen = self.describe(name)
        if seen is None or not tags or not tags.items() <= dict(seen.tags).items():
            raise TakenError(
                f"A role named {name} exists already, and this migration did not make it.",
                fault=Fault.EXISTS,
                action="iam:CreateRole",
                resource=f"role {name}",
                now="remove it if nobody needs it, or give a role of your own with `Migration(role=…)`.",
            )
        return seen

    def delete(self, name: str) -> None:
        """Remove the role with its inline and attached policies; nothing where there is none."""
        with unless(Fault.GONE):
            self._strip(name)
            with asking("iam:DeleteRole", f"role {name}"):
                self._client.delete_role(RoleName=name)

    def delete_policy(self, arn: str) -> None:
        """Remove a customer managed policy that no role has any more; nothing where there is none.

        IAM deletes a policy only without its other versions (DeletePolicy, API reference).
        """
        with unless(Fault.GONE):
            for version in self._other_versions(arn):
                with unless(Fault.GONE), asking("iam:DeletePolicyVersion", f"policy {arn}"):
                    self._client.delete_policy_version(PolicyArn=arn, VersionId=version)
            with asking("iam:DeletePolicy", f"policy {arn}"):
                self._client.delete_policy(PolicyArn=arn)

    def _other_versions(self, arn: str) -> list[str]:
        with asking("iam:ListPolicyVersions", f"policy {arn}"):
            pages = self._client.get_paginator("list_policy_versions").paginate(PolicyArn=arn)
            return [one["VersionId"] for page in pages for one in page["Versions"] if not one["IsDefaultVersion"]]

    def _strip(self, name: str) -> None:
        """A role goes only without policies; one that somebody's guard-rail attached is detached, not removed."""
        with asking("iam:ListRolePolicies", f"role {name}"):
            pages = self._client.get_paginator("list_role_policies").paginate(RoleName=name)
            inline = [policy for page in pages for policy in page["PolicyNames"]]
        with asking("iam:ListAttachedRolePolicies", f"role {name}"):
            attached_pages = self._client.get_paginator("list_attached_role_policies").paginate(RoleName=name)
            attached = [policy["PolicyArn"] for page in attached_pages for policy in page["AttachedPolicies"]]
        for policy in inline:
            with unless(Fault.GONE), asking("iam:DeleteRolePolicy", f"role {name}"):
                self._client.delete_role_policy(RoleName=name, PolicyName=policy)
        for arn in attached:
            with unless(Fault.GONE), asking("iam:DetachRolePolicy", f"role {name}"):
                self._client.detach_role_policy(RoleName=name, PolicyArn=arn)
