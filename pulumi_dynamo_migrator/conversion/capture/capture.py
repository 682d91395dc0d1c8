"""From a function to CapturedSource, or to a CaptureError that names what cannot be shipped. Never calls it."""

from __future__ import annotations

import functools
import inspect
import platform
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pulumi_dynamo_migrator.conversion.capture.closure import Closure
from pulumi_dynamo_migrator.conversion.capture.constants import same_shape
from pulumi_dynamo_migrator.conversion.capture.errors import CaptureError, NotShippable
from pulumi_dynamo_migrator.conversion.capture.functions import refuse_coroutine
from pulumi_dynamo_migrator.conversion.load import load
from pulumi_dynamo_migrator.conversion.source import CapturedSource, fingerprint

KIND = "closure"
FILE = "conversion.py"
NAME = "conversion"


def capture(function: Callable[..., Any]) -> CapturedSource:
    """Give the function as source, with all that it needs; raise CaptureError, naming what cannot be shipped."""
    try:
        return _capture(function)
    except NotShippable as problem:
        what = f"the conversion {_called(function)} cannot be shipped to Lambda: {problem.reason}."
        raise CaptureError(what, now=problem.now) from problem


def _capture(function: Callable[..., Any]) -> CapturedSource:
    if not callable(function):
        raise NotShippable(f"it is a {type(function).__name__}, and no function", now="give a function: item → item.")
    raw = _raw(function)
    if isinstance(raw, types.FunctionType):
        refuse_coroutine(raw)
        if inspect.isgeneratorfunction(raw):
            raise NotShippable("it is a generator", now="return a list of items instead of yielding them.")
    closure = Closure()
    entry = closure.functions.ship(function, NAME)
    text = closure.text.render()
    captured = CapturedSource(
        kind=KIND,
        entry=entry,
        files=((FILE, text),),
        fingerprint=fingerprint(text, entry),
        python=".".join(platform.python_version_tuple()[:2]),
        shown=_shown(closure, raw) or text,
    )
    _check_loads(captured, closure)
    return captured


def _check_loads(captured: CapturedSource, closure: Closure) -> None:
    """Load it here once: what cannot be made again, or comes out different, must not come to light in Lambda."""
    try:
        loaded: Any = load(captured)
    except Exception as error:
        raise NotShippable(f"its source does not load by itself ({type(error).__name__}: {error})") from error
    namespace = _raw(loaded).__globals__
    for name, value in closure.constants.items():
        if not same_shape(value, namespace[name]):
            raise NotShippable(
                f"it uses {name}, which is filled after its definition: shipped, it would not have the same contents",
                now=f"write the contents of {name} into its definition.",
            )


def _raw(function: Any) -> Any:
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif isinstance(function, types.MethodType):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            return function


def _shown(closure: Closure, raw: Any) -> str:
    if not isinstance(raw, types.FunctionType):
        return ""
    program = closure.program(raw.__code__.co_filename, raw.__globals__)
    return program.shown(program.definition(raw.__code__))


def _called(function: Any) -> str:
    raw = _raw(function)
    name = getattr(raw, "__qualname__", type(raw).__name__)
    code = getattr(raw, "__code__", None)
    return f"{name} ({Path(code.co_filename).name}, line {code.co_firstlineno})" if code else str(name)
