"""Lambda, IAM, log groups, CloudWatch and STS in memory: what a replicator is made of. No function ever runs here."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.fakes.clients.calls import refused

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"


class Lambda:
    """Functions and their mappings."""

    def __init__(self) -> None:
        self.functions: dict[str, dict[str, Any]] = {}
        self.mappings: dict[str, dict[str, Any]] = {}
        self._numbers = count(1)

    def get_function(self, *, FunctionName: str) -> dict[str, Any]:
        return dict(_there(self.functions, FunctionName))

    def create_function(self, *, FunctionName: str, Tags: dict[str, str], Code: dict[str, Any], **_: Any) -> Any:
        if FunctionName in self.functions:
            raise refused("ResourceConflictException")
        told = {"FunctionName": FunctionName, "FunctionArn": FUNCTION + FunctionName, "State": "Active"}
        self.functions[FunctionName] = {"Configuration": told, "Tags": Tags, "Zip": Code["ZipFile"]}
        return told

    def delete_function(self, *, FunctionName: str) -> None:
        _there(self.functions, FunctionName)
        del self.functions[FunctionName]

    def list_event_source_mappings(self, *, EventSourceArn: str) -> dict[str, Any]:
        found = [one for one in self.mappings.values() if one["EventSourceArn"] == EventSourceArn]
        return {"EventSourceMappings": found}

    def create_event_source_mapping(self, *, FunctionName: str, EventSourceArn: str, **_: Any) -> dict[str, Any]:
        _there(self.functions, FunctionName)
        uuid = f"mapping-{next(self._numbers)}"
        arn = FUNCTION + FunctionName
        self.mappings[uuid] = {
            "UUID": uuid,
            "State": "Enabled",
            "FunctionArn": arn,
            "EventSourceArn": EventSourceArn,
            "LastProcessingResult": "OK",
        }
        return self.mappings[uuid]

    def get_event_source_mapping(self, *, UUID: str) -> dict[str, Any]:
        return _there(self.mappings, UUID)

    def update_event_source_mapping(self, *, UUID: str, Enabled: bool) -> dict[str, Any]:
        _there(self.mappings, UUID)["State"] = "Enabled" if Enabled else "Disabled"
        return self.mappings[UUID]

    def delete_event_source_mapping(self, *, UUID: str) -> None:
        _there(self.mappings, UUID)
        del self.mappings[UUID]


class Iam:
    """Roles with inline policies."""

    def __init__(self) -> None:
        self.roles: dict[str, dict[str, Any]] = {}

    def get_role(self, *, RoleName: str) -> dict[str, Any]:
        return {"Role": self._role(RoleName)}

    def create_role(self, *, RoleName: str, Tags: list[Any], **_: Any) -> dict[str, Any]:
        if RoleName in self.roles:
            raise refused("EntityAlreadyExists")
        arn = f"arn:aws:iam::{ACCOUNT}:role/{RoleName}"
        self.roles[RoleName] = {"RoleName": RoleName, "Arn": arn, "Tags": Tags, "Inline": []}
        return {"Role": self.roles[RoleName]}

    def put_role_policy(self, *, RoleName: str, PolicyName: str, **_: Any) -> None:
        inline = self._role(RoleName)["Inline"]
        if PolicyName not in inline:
            inline.append(PolicyName)

    def list_role_policies(self, *, RoleName: str) -> dict[str, Any]:
        return {"PolicyNames": list(self._role(RoleName)["Inline"])}

    def list_attached_role_policies(self, *, RoleName: str) -> dict[str, Any]:
        self._role(RoleName)
        return {"AttachedPolicies": []}

    def delete_role_policy(self, *, RoleName: str, PolicyName: str) -> None:
        self._role(RoleName)["Inline"].remove(PolicyName)

    def delete_role(self, *, RoleName: str) -> None:
        if self._role(RoleName)["Inline"]:
            raise refused("DeleteConflict")
        del self.roles[RoleName]

    def _role(self, name: str) -> dict[str, Any]:
        return _there(self.roles, name, code="NoSuchEntity")


class Rest:
    """Services that know nothing."""

    def delete_log_group(self, *, logGroupName: str) -> None:
        raise refused("ResourceNotFoundException")

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        return {"Datapoints": []}


def _there(things: dict[str, dict[str, Any]], name: str, *, code: str = "ResourceNotFoundException") -> dict[str, Any]:
    if name not in things:
        raise refused(code)
    return things[name]
