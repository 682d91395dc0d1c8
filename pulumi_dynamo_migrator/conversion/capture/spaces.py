"""The user's own modules as values: `import shapes` and then `shapes.clean(item)`.

In the generated module `shapes` is a plain namespace with the names that the conversion uses of it, and no others.
"""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable
from pulumi_dynamo_migrator.conversion.capture.origin import Origin, origin_of
from pulumi_dynamo_migrator.conversion.capture.program import Program

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.conversion.capture.closure import Closure


class Spaces:
    """Fills a namespace for each module name that is used, as far as it is used."""

    def __init__(self, closure: Closure) -> None:
        self._closure = closure
        self._done: dict[tuple[Program, str], set[str]] = {}

    def refer(self, program: Program, name: str, module: types.ModuleType, using: ast.AST) -> str:
        """Put what a piece of code uses of a module into the module's namespace; give the namespace's name."""
        new = self._closure.claim(program, name)
        done = self._done.setdefault((program, name), set())
        for path in paths(using, name):
            self._follow(program, path, new, module, done=done)
        return new

    def _follow(self, program: Program, path: str, new: str, module: types.ModuleType, *, done: set[str]) -> None:
        target = new
        for part in path.split(".")[1:]:
            self._make_space(program, target, done)
            target = f"{target}.{part}"
            found = getattr(module, part, None)
            if not isinstance(found, types.ModuleType) or origin_of(found.__name__) is not Origin.OWN:
                self._put(program, target, module, done=done)
                return
            module = found
        raise NotShippable(f"it uses the module {path} as a value", now=f"name what it uses of it: {path}.something.")

    def _put(self, program: Program, target: str, owner: types.ModuleType, *, done: set[str]) -> None:
        if target not in done:
            done.add(target)
            source = self._closure.program(owner.__file__ or "", owner.__dict__)
            value = self._closure.refer_from(program, source, target.rpartition(".")[2])
            self._closure.text.add_alias(program, f"{target} = {value}")

    def _make_space(self, program: Program, target: str, done: set[str]) -> None:
        if target not in done:
            done.add(target)
            self._closure.text.add_alias(program, f'{target} = __import__("types").SimpleNamespace()')


def paths(using: ast.AST, name: str) -> list[str]:
    """Give each dotted path that begins with the name, as far as it goes."""
    found: list[str] = []
    waiting: list[ast.AST] = [using]
    while waiting:
        node = waiting.pop()
        path = _dotted(node)
        if path is not None and path.split(".")[0] == name:
            found.append(path)
        elif path is None:
            waiting.extend(ast.iter_child_nodes(node))
    return found


def _dotted(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        above = _dotted(node.value)
        return None if above is None else f"{above}.{node.attr}"
    return None
