"""Pulumi programs for benchmarks: the real engine, the embedded AWS, nothing of the user's own settings for either."""

from __future__ import annotations

import os

from benchmarks.parts import CannotRunError
from tools.embedded_aws import EmbeddedAws
from tools.pulumi.engine import NoEngineError
from tools.pulumi.ensure import engine_folder
from tools.shell_env import ROOT, settings


def environment(aws: EmbeddedAws) -> dict[str, str]:
    """The environment of the engine's command line."""
    try:
        engine = engine_folder(os.environ)
    except NoEngineError as error:
        raise CannotRunError(str(error)) from error
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "AWS_"))}
    told = settings(engine, path=kept.get("PATH", ""), passphrase="")
    return {**kept, **told, **aws.environment(), "PYTHONPATH": str(ROOT)}
