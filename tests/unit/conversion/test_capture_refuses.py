"""What cannot be shipped, and that the refusal names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pulumi_dynamo_migrator.conversion.capture import CaptureError, capture
from pulumi_dynamo_migrator.conversion.load import load

REFUSED: dict[str, tuple[str, list[str]]] = {
    "an open file": (
        "FILE = open(__file__)\ndef convert(item): return FILE.read()\n",
        ["convert", "FILE", "open file", "TextIOWrapper"],
    ),
    "a socket": (
        "import socket\nLINE = socket.socket()\nLINE.close()\ndef convert(item): return LINE.fileno()\n",
        ["LINE", "socket.socket"],
    ),
    "a client": (
        """
        import boto3
        CLIENT = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
        def helper(): return CLIENT
        def convert(item): return helper()
        """,
        ["CLIENT", "botocore.client.S3"],
    ),
    "a lock": ("import threading\nLOCK = threading.Lock()\ndef convert(item): return LOCK\n", ["LOCK", "lock"]),
    "a live object in a container": (
        "PARTS = {'f': open(__file__)}\ndef convert(item): return PARTS\n",
        ["PARTS", "dict"],
    ),
    "a third-party module": ("import pytest\ndef convert(item): return pytest\n", ["imports pytest", "standard"]),
    "a third-party name": ("from pytest import approx\ndef convert(item): return approx\n", ["imports pytest"]),
    "a third-party import inside": (
        "def convert(item):\n    import boto3\n    return 1\n",
        ["imports boto3", "Lambda"],
    ),
    "a third-party import of a helper": (
        "def helper():\n    from botocore.config import Config\ndef convert(item): return helper()\n",
        ["imports botocore"],
    ),
    "the package itself": (
        "from pulumi_dynamo_migrator.errors import MigratorError\ndef convert(item): raise MigratorError('x')\n",
        ["imports pulumi_dynamo_migrator"],
    ),
    "a file beside the program": (
        "from pathlib import Path\ndef convert(item): return Path(__file__).read_text()\n",
        ["__file__"],
    ),
    "a value from outside that is no literal": (
        "import os, pathlib\nHOME = pathlib.Path(os.environ['PATH'])\ndef convert(item): return HOME\n",
        ["HOME", "environ"],
    ),
    "a registry that is filled later": (
        """
        HANDLERS = {}
        def handler(f):
            HANDLERS[f.__name__] = f
            return f
        @handler
        def one(item): return 1
        def convert(item): return HANDLERS["one"](item)
        """,
        ["HANDLERS", "filled after its definition"],
    ),
    "a generic function": (
        """
        import functools
        @functools.singledispatch
        def text(value): return ""
        @text.register(str)
        def _(value): return value
        def convert(item): return text(item["id"])
        """,
        ["text", "singledispatch"],
    ),
    "an undefined name": ("def convert(item): return nowhere(item)\n", ["nowhere", "program", "does not define"]),
    "a variable of the function around it": (
        "def make(f):\n    return lambda item: f.read()\nconvert = make(open(__file__))\n",
        ["uses f,", "open file"],
    ),
    "a changed variable of the function around it": (
        """
        def make():
            n = 0
            def convert(item):
                nonlocal n
                n += 1
                return n
            return convert
        convert = make()
        """,
        ["changes n", "nonlocal"],
    ),
    "a bound method": (
        "class Db:\n    def convert(self, item): return item\nconvert = Db().convert\n",
        ["the method convert", "program.Db", "live object"],
    ),
    "a callable object": (
        "class F:\n    def __call__(self, item): return item\nconvert = F()\n",
        ["program.F", "live object"],
    ),
    "a builtin": ("convert = dict\n", ["dict", "no function written in Python"]),
    "a partial of a live object": (
        "import functools\ndef f(g, item): return g\nconvert = functools.partial(f, open(__file__))\n",
        ["functools.partial", "open file"],
    ),
    "a generator": ("def convert(item):\n    yield item\n", ["generator"]),
    "a coroutine": ("async def convert(item):\n    return item\n", ["async"]),
    "no function": ("convert = 5\n", ["int", "no function"]),
    "the program's own module inside a function": (
        "def convert(item):\n    import shapes\n    return shapes.area(1)\n",
        ["own module shapes", "at the top"],
    ),
    "a module as a value": (
        "import shapes\ndef convert(item): return getattr(shapes, 'area')(1)\n",
        ["module shapes as a value"],
    ),
    "too much": (
        "import json\nDATA = {str(n): 'x' * 50 for n in range(5000)}\ndef convert(item): return DATA\n",
        ["DATA", "limit"],
    ),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", REFUSED)
def test_what_lives_only_here_is_refused_by_name(kind: str, write: Any) -> None:
    text, words = REFUSED[kind]
    module = write(text, shapes="def area(n): return n")
    with pytest.raises(CaptureError) as refused:
        capture(module.convert)
    for word in words:
        assert word in str(refused.value)
    assert refused.value.now


def test_a_function_without_source_is_refused() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("def convert(item): return item", "<stdin>", "exec"), namespace)
    with pytest.raises(CaptureError, match="no source file"):
        capture(namespace["convert"])


def test_a_file_that_changed_since_is_refused(write: Any) -> None:
    module: ModuleType = write("def convert(item): return item\n")
    assert module.__file__
    Path(module.__file__).write_text("# other\n\ndef convert(item): return 2\n")
    with pytest.raises(CaptureError, match="any more"):
        capture(module.convert)


def test_two_equal_lambdas_on_a_line_are_told_apart_or_refused(write: Any) -> None:
    text = "pair = [lambda item, n=1: item['n'] + n, lambda item, n=2: item['n'] + n]\n"
    module = write(text)
    assert [load(capture(function))({"n": 0}) for function in module.pair] == [1, 2]


def test_lambdas_that_cannot_be_told_apart_want_a_line_each(write: Any) -> None:
    module = write("def make(a, b): return [lambda item: a, lambda item: b]\npair = make(1, 2)\n")

    def without_positions(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        function.__code__ = function.__code__.replace(co_linetable=b"")  # as python -X no_debug_ranges
        return function

    with pytest.raises(CaptureError, match="give each its own line"):
        capture(without_positions(module.pair[0]))
