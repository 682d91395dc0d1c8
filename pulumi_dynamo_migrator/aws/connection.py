"""From `aws:*` configuration to a session that is checked and shared. Makes no client, and never asks AWS.

Kept apart from the doors: a preview that finds nothing changed needs a session, and not what stands behind the doors.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from pulumi_dynamo_migrator.aws.config import AwsConfig
from pulumi_dynamo_migrator.aws.session import Session
from pulumi_dynamo_migrator.model.timing import Timing

_sessions: dict[tuple[AwsConfig, Timing], Session] = {}
_lock = threading.Lock()


def session_for(configuration: Mapping[str, Any], inputs: Mapping[str, Any], *, timing: Timing) -> Session:
    """The session for the stack's configuration, an explicit provider's arguments and `region=`; checked."""
    config = aws_config(configuration, inputs)
    with _lock:
        if (config, timing) not in _sessions:
            _sessions[config, timing] = Session(config, timing=timing)
        session = _sessions[config, timing]
    session.check()
    return session


def aws_config(configuration: Mapping[str, Any], inputs: Mapping[str, Any]) -> AwsConfig:
    """An explicit provider replaces the stack's configuration, as it does in pulumi_aws; `region=` wins over both."""
    given = inputs.get("__aws")
    found = {f"aws:{_camel(name)}": value for name, value in given.items()} if given else dict(configuration)
    if inputs.get("region") is not None:
        found["aws:region"] = inputs["region"]
    return AwsConfig.from_pulumi(found)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
