"""Turn a function into source that runs anywhere: here, in worker processes, in Lambda. Never ships itself.

What is shipped is the function's *source closure*: the function and the helpers, classes, constants and imports that
it names, and what those name, drawn from its own module and from the user's other modules into one generated module.
Always the closure, also for a function in an importable module, where the whole file could go as it is: then an
unrelated function in the same file (conversion 3) would change the fingerprint of an applied one (conversion 2), and
two edits of a module could not live side by side. The price: what is reached only by a name made at run time
(`globals()["x"]`, `importlib`) is not found.
"""

from __future__ import annotations

from pulumi_dynamo_migrator.conversion.capture.capture import capture
from pulumi_dynamo_migrator.conversion.capture.errors import CaptureError

__all__ = ["CaptureError", "capture"]
