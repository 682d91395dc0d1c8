"""What an explicit or inherited `aws.Provider` says about region and credentials, as inputs of our resource.

pulumi_aws is not imported: the provider's arguments are read from the object. Static keys become secret inputs; nothing
of it goes into outputs, history, tags or the ledger.
"""

from __future__ import annotations

from typing import Any

import pulumi

_PLAIN = (
    "region",
    "profile",
    "endpoints",
    "assume_roles",
    "assume_role_with_web_identity",
    "default_tags",
    "allowed_account_ids",
    "forbidden_account_ids",
    "shared_credentials_files",
    "shared_config_files",
)
_SECRET = ("access_key", "secret_key", "token")


def provider_arguments(opts: pulumi.ResourceOptions) -> dict[str, Any] | None:
    """The region, profile, endpoints, roles and keys of the aws provider in force; None without one."""
    provider = _provider(opts)
    if provider is None:
        return None
    found: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(provider, name, None)) is not None}
    for name in _SECRET:
        value = getattr(provider, name, None)
        if value is not None:
            found[name] = pulumi.Output.secret(value)
    return found or None


def _provider(opts: pulumi.ResourceOptions) -> Any:
    candidates = [opts.provider, *(_listed(opts.providers)), *_inherited(opts.parent)]
    for candidate in candidates:
        if candidate is not None and getattr(candidate, "package", None) == "aws":
            return candidate
    return None


def _listed(providers: Any) -> list[Any]:
    if providers is None:
        return []
    return list(providers.values()) if isinstance(providers, dict) else list(providers)


def _inherited(parent: pulumi.Resource | None) -> list[Any]:
    if parent is None:
        return []
    return [parent.get_provider("aws:dynamodb/table:Table")]
