"""The replicator's zip: the package's own source files and a configuration. Never generated code, never runs in Lambda.

The same files and configuration give the same bytes, so an unchanged replicator is not uploaded again.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig

HANDLER = "pulumi_dynamo_migrator.replicate.handler.handler"

_PACKAGE = Path(__file__).parents[1]
_NOT_SHIPPED = frozenset({"capture", "capture.py", "bundle.py", "__pycache__"})
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can hold
_READABLE = 0o100644 << 16  # Lambda refuses files that others may not read


def bundle(config: ReplicatorConfig) -> bytes:
    """The zip for this configuration."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(files(config).items()):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.external_attr = _READABLE
            entry.create_system = 3  # Unix, wherever this runs
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def files(config: ReplicatorConfig) -> dict[str, bytes]:
    """What is in the zip: path -> content."""
    package = {str(PurePosixPath(_PACKAGE.name, *path.parts)): (_PACKAGE / path).read_bytes() for path in _sources()}
    # The package's own __init__ imports Pulumi, which Lambda has not.
    return {**package, f"{_PACKAGE.name}/__init__.py": b"", "config.json": config.to_text().encode()}


def _sources() -> Iterator[Path]:
    yield Path("errors.py")
    for folder in ("conversion", "replicate"):
        for path in sorted((_PACKAGE / folder).rglob("*.py")):
            inside = path.relative_to(_PACKAGE)
            if not _NOT_SHIPPED.intersection(inside.parts):
                yield inside
