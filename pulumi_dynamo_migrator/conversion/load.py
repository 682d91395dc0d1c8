"""From captured source to a function. Never looks for a file: the text runs in a private module of its own.

Two captures may define the same names with different text (two edits of one file): each load has its own namespace. It
is put into sys.modules all the same, under a name that nobody else uses, because dataclasses and pickle look there.
"""

from __future__ import annotations

import itertools
import linecache
import sys
import types
from collections.abc import Callable
from functools import reduce
from typing import Any

from pulumi_dynamo_migrator.conversion.source import CapturedSource

_loads = itertools.count(1)


def load(source: CapturedSource) -> Callable[[Any], Any]:
    """Give the function."""
    ((path, text),) = source.files
    name = f"_conversion_{source.fingerprint}_{next(_loads)}"
    module = types.ModuleType(name)
    module.__file__ = filename = f"<{name}/{path}>"
    # A traceback and inspect.getsource find the text here.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    sys.modules[name] = module
    try:
        exec(compile(text, filename, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  (this is the purpose)
        function: Callable[[Any], Any] = reduce(getattr, source.entry.split("."), module)  # type: ignore[assignment]
    except BaseException:
        del sys.modules[name]
        raise
    return function
