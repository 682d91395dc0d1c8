"""What is shipped of a conversion, and that it gives the same results elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from pulumi_dynamo_migrator.conversion.capture import capture
from pulumi_dynamo_migrator.conversion.load import load
from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.conversion.values import decode, encode

ITEMS = [{"id": {"S": "LIS"}, "n": {"N": "7"}}, {"id": {"S": "opo-x"}, "n": {"N": "2.5"}}]

SHIPPABLE = {
    "a function": """
        def convert(item):
            return {"id": item["id"], "n": item.n * 2}
        """,
    "with helpers, constants and imports": '''
        import math
        import re
        from decimal import Decimal as D
        from collections import Counter

        FACTOR = D("0.3048")
        NAMES = {"LIS": ("Lisboa", {"pt", "eu"})}
        WORDS = re.compile("[a-z]+", re.I)

        def clean(text):
            """Say what it does."""
            return WORDS.findall(text)

        def convert(item):
            counted = Counter(clean(item["id"]))
            return {"words": sorted(counted), "n": item["n"] * FACTOR, "floor": math.floor(item["n"]),
                    "name": NAMES.get(item.id, ("", {"none"}))[0]}
        ''',
    "a module with a dotted import": """
        import os.path
        import xml.etree.ElementTree

        def convert(item):
            return os.path.basename(xml.etree.ElementTree.fromstring(f"<a>x/{item.id}</a>").text)
        """,
    "a lambda": "SUFFIX = '-x'\nconvert = lambda item: {'id': item.id + SUFFIX}\n",
    "a lambda inside a call": "def register(f): return f\nconvert = register(lambda item: {'id': item.id * 2})\n",
    "one of two lambdas on a line": "other, convert = (lambda item: 1), (lambda item: 'é' + item.id)\n",
    "a lambda that gives a lambda": "convert = (lambda: lambda item: item.id)()\n",
    "a function made by a function": """
        RATE = 3
        def make(factor, names, helper):
            def convert(item, extra=factor * 2):
                return {"n": item["n"] * factor, "names": names, "h": helper(item), "extra": extra, "rate": RATE}
            return convert
        def help_(item):
            return item["id"].upper()
        convert = make(2, ["a", None, True], help_)
        """,
    "two functions of one maker, composed": """
        def make(factor):
            def times(item):
                return {**item, "n": item["n"] * factor}
            return times
        def compose(first, second):
            return lambda item: second(first(item))
        convert = compose(make(2), make(5))
        """,
    "a function inside that calls itself": """
        def make(end):
            def convert(item, n=0):
                return n if n == end else convert(item, n + 1)
            return convert
        convert = make(4)
        """,
    "lambdas of a loop": "converts = [lambda item, n=n: item.n * n for n in range(5)]\nconvert = converts[3]\n",
    "classes": """
        import enum
        from dataclasses import dataclass, field
        from typing import ClassVar, NamedTuple

        class Kind(enum.Enum):
            LARGE = "large"
            SMALL = "small"

        class Pair(NamedTuple):
            one: str
            two: int = 3

        @dataclass(frozen=True)
        class Airport:
            code: str
            kind: Kind = Kind.SMALL
            limit: ClassVar[int] = 5
            tags: list[str] = field(default_factory=list)

            def as_item(self) -> dict[str, Pair]:
                return {"code": self.code, "kind": self.kind.value, "pair": Pair(self.code)}

        HOME = Airport("HOME", Kind.LARGE)

        def convert(item):
            kind = Kind.LARGE if item["n"] > 5 else Kind.SMALL
            return [Airport(item["id"], kind).as_item(), HOME.as_item()]
        """,
    "a method of a class": """
        class Rules:
            base = 10

            @classmethod
            def convert(cls, item):
                return cls.base + item["n"]
        convert = Rules.convert
        """,
    "a static method": """
        class Rules:
            @staticmethod
            def convert(item):
                return Rules.double(item["n"])

            @staticmethod
            def double(n):
                return n * 2
        convert = Rules.convert
        """,
    "a decorated function": """
        import functools
        from functools import lru_cache, wraps

        def logged(function):
            @wraps(function)
            def wrapper(item):
                return {"result": function(item), "wrapped": True}
            return wrapper

        @lru_cache(maxsize=None)
        def slow(n):
            return n + 1

        @logged
        def convert(item):
            return slow(item["n"])
        """,
    "wrapped by hand": """
        from functools import wraps

        def logged(function):
            @wraps(function)
            def wrapper(item):
                return [function(item), "wrapped"]
            return wrapper

        def plain(item):
            return item["n"]

        convert = logged(plain)
        """,
    "a partial": """
        import functools

        def scaled(factor, item, *, unit):
            return {"n": item["n"] * factor, "unit": unit}

        convert = functools.partial(scaled, 3, unit="m")
        """,
    "a recursion over two functions": """
        def even(n): return True if n <= 0 else odd(n - 1)
        def odd(n): return False if n <= 0 else even(n - 1)
        def convert(item): return {"even": even(item["n"])}
        """,
    "chosen definitions": """
        import sys
        try:
            import no_such_json as json
        except ImportError:
            import json
        if sys.version_info >= (3, 0):
            def text(value): return json.dumps(value)
        else:
            def text(value): return ""
        def convert(item): return text(item["id"])
        """,
    "names that the generated module uses too": """
        def conversion(item): return [item["id"], helper]
        helper = ["helper", 1]
        def make(helper):
            return lambda item: [conversion(item), helper]
        other = make(3)
        convert = lambda item: [conversion(item), other(item)]
        """,
    "a class and a module in an enclosing function": """
        def make():
            import math, json as j
            from os.path import basename
            return lambda item: [math.floor(item["n"]), j.dumps(item["id"]), basename(item["id"]), len(Kind.name)]
        class Kind:
            name = "kind"
            def __init__(self): self.n = 1
        def hold(kind): return lambda item: kind().n
        held = hold(Kind)
        made = make()
        convert = lambda item: [made(item), held(item)]
        """,
    "handlers in a dict": """
        import operator
        def up(text): return text.upper()
        HANDLERS = {"LIS": up, "opo-x": lambda text: text * 2, "get": operator.itemgetter("id")}
        def convert(item): return HANDLERS[item["id"]](item["id"]) + HANDLERS["get"](item)
        """,
    "a value that was computed at start": """
        import json, os
        SETTINGS = json.loads('{"rate": 4, "names": ["a"]}')
        HERE = os.getcwd()
        LIMITS = []
        for n in range(3):
            LIMITS.append(n * SETTINGS["rate"])
        def convert(item): return {"limits": LIMITS, "rate": SETTINGS["rate"], "here": HERE}
        """,
    "a log": """
        import logging
        LOG = logging.getLogger(__name__)
        def convert(item):
            LOG.debug("item %s", item)
            return item["id"]
        """,
    "a counter": """
        COUNT = 0
        def convert(item):
            global COUNT
            COUNT += 1
            return item["id"]
        """,
    "imports inside": """
        def convert(item):
            import base64
            from hashlib import sha256 as hashed
            return hashed(base64.b64encode(item["id"].encode())).hexdigest()
        """,
    "hints that are not to be had": """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from boto3 import Session
        def convert(item: Session, *, more: Session | None = None) -> Session:
            local: Session = item["id"]
            return local
        """,
    "f-strings and comprehensions": """
        PLACES = 2
        def convert(item):
            names = {k: [v for v in str(item[k]) if v != "x"] for k in item}
            return f"{item['id']!r:>{10 + PLACES}} {names} {{}} \\n {item.n=}"
        """,
    "what the package ships": """
        from pulumi_dynamo_migrator.conversion.view import ItemView as View
        def convert(item): return View(x=item["id"]).x
        """,
}


def same_elsewhere(function: Callable[[Any], Any], fresh: Any) -> CapturedSource:
    source = capture(function)
    again = CapturedSource.from_json(json.loads(json.dumps(source.to_json())))
    assert again == source
    here = [encode({"result": function(decode(item))})["result"] for item in ITEMS]
    assert fresh(again, ITEMS) == here
    return source


@pytest.mark.parametrize("kind", SHIPPABLE)
def test_a_captured_function_gives_the_same_in_a_fresh_interpreter(kind: str, write: Any, fresh: Any) -> None:
    same_elsewhere(write(SHIPPABLE[kind]).convert, fresh)


def test_helpers_of_the_users_other_modules_come_along(write: Any, fresh: Any) -> None:
    module = write(
        """
        import shapes
        import shapes as s
        from package.inner import clean as tidy, Kept, RATE
        from package import inner
        import package.inner
        PATTERN = ["program"]
        def convert(item):
            return [shapes.area(item["n"]), s.NAME, tidy(item["id"]), Kept(3).n, RATE, inner.RATE + 1,
                    package.inner.clean(item["id"]), PATTERN]
        """,
        shapes="""
        from package.inner import RATE as rate
        NAME = "shapes"
        PATTERN = ["shapes"]
        def _half(n): return n * rate
        def area(n): return [_half(n), PATTERN]
        def unused(): import requests
        """,
        __init____in__package="",
        inner__in__package="""
        from .deep import PATTERN, strip
        RATE = 5
        class Kept:
            def __init__(self, n): self.n = n
        def clean(text): return strip(text) + str(PATTERN)
        """,
        deep__in__package="""
        PATTERN = {"deep": 1}
        def strip(text): return text.strip("x")
        """,
    )
    source = same_elsewhere(module.convert, fresh)
    assert "requests" not in source.files[0][1]


def test_what_came_by_a_star_import_comes_along(write: Any, fresh: Any) -> None:
    module = write(
        "from shapes import *\ndef convert(item): return area(item['n'])", shapes="def area(n): return n * n"
    )
    same_elsewhere(module.convert, fresh)


def test_two_edits_of_one_module_live_side_by_side(write: Any) -> None:
    text = "import shapes\nfrom shapes import area\ndef convert(item): return shapes.area(1) + area(1)\n"
    first = capture(write(text, shapes="def area(n): return n").convert)
    second = capture(write(text, shapes="def area(n): return n + 100").convert)
    loaded = [load(first), load(second), load(first)]
    assert [function({}) for function in loaded] == [2, 202, 2]
    assert first.fingerprint != second.fingerprint


def test_a_function_of_the_main_program_is_captured_although_main_is_another_module(write: Any, fresh: Any) -> None:
    # Pulumi runs the program by runpy: its `__main__` is not the one in sys.modules.
    text = "RATE = 3\ndef double(n): return n * RATE\ndef convert(item): return double(item['n'])\n"
    module = write(text)
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": module.__file__}
    assert module.__file__
    exec(compile(text, module.__file__, "exec"), namespace)
    same_elsewhere(namespace["convert"], fresh)


def test_a_helper_may_be_defined_after_the_conversion_is_captured(write: Any) -> None:
    module = write(
        """
        from pulumi_dynamo_migrator.conversion.capture import capture
        captured = capture(lambda item: later(item["n"]) + AFTER[0])
        def later(n): return n + 1
        AFTER = [10]
        """
    )
    assert load(module.captured)({"n": 1}) == 12


def test_the_migrators_own_decorators_are_not_shipped(write: Any, fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    script = ModuleType("pulumi_dynamo_migrator.stand_in")
    captured: list[Any] = []

    class Migrator:
        def remember(self, function: Any) -> Any:
            captured.append(function)
            return self

        def convert(self, function: Any) -> Any:
            captured.append(function)
            return lambda step: step

    Migrator.__module__ = script.__name__
    script.Migrator = Migrator  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, script.__name__, script)
    write(
        """
        import functools
        from pulumi_dynamo_migrator.stand_in import Migrator
        migrator = Migrator()

        @migrator.remember
        @functools.lru_cache
        def slow(item): return {"n": 1}

        @migrator.convert(lambda item: {"id": translate(item.id)})
        def step(migrate): migrate()

        @migrator.remember
        def plain(item): return item["n"]

        def translate(text): return text.lower()
        """
    )
    _, translated, plain = captured
    for function in (translated, plain):
        source = same_elsewhere(function, fresh)
        assert "migrator" not in source.files[0][1]
    assert "lru_cache" in capture(captured[0]).files[0][1]
    assert "migrator" not in capture(captured[0]).files[0][1]


def test_the_source_is_shown_as_it_was_written(write: Any) -> None:
    module: ModuleType = write(
        """
        def make():
            def convert(item):
                # in metres
                return {'id': item.id}   # single quotes
            return convert
        convert = make()
        """
    )
    assert capture(module.convert).shown == ("def convert(item):\n    # in metres\n    return {'id': item.id}")


def test_a_traceback_shows_the_shipped_line(write: Any) -> None:
    import traceback

    function = load(capture(write("def convert(item): return item['gone']").convert))
    with pytest.raises(KeyError) as caught:
        function({})
    assert "return item['gone']" in "".join(traceback.format_exception(caught.value))


def test_a_class_of_the_main_program_in_a_closure_is_captured(write: Any, fresh: Any) -> None:
    text = "class Kind:\n    n = 1\ndef hold(kind): return lambda item: kind.n\nconvert = hold(Kind)\n"
    module = write(text)
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": module.__file__}
    assert module.__file__
    exec(compile(text, module.__file__, "exec"), namespace)
    same_elsewhere(namespace["convert"], fresh)
