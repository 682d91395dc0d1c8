"""A module of the user's, as source and as it stands in memory: finds definitions in it. Never runs anything."""

from __future__ import annotations

import ast
import linecache
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import Any

from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable
from pulumi_dynamo_migrator.conversion.source import bound_names

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
MISSING = object()


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """One source file and the namespace that it filled (not what sys.modules says: a runner may run `__main__`)."""

    file: str
    namespace: dict[str, Any]
    text: str
    tree: ast.Module
    bindings: dict[str, list[ast.stmt]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.namespace.get("__name__", self.file))

    def value(self, name: str) -> Any:
        return self.namespace.get(name, MISSING)

    def definition(self, code: CodeType) -> Definition:
        """Find the one definition that this code was compiled from."""
        if code.co_name == "<lambda>":
            return self._lambda(code)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == code.co_name:
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                if first == code.co_firstlineno:
                    return node
        raise NotShippable(
            f"its source is not in {self.file} any more", now="run the program again: the file has changed."
        )

    def _lambda(self, code: CodeType) -> ast.Lambda:
        found = [
            node for node in ast.walk(self.tree) if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno
        ]
        if len(found) > 1:
            places = set(code.co_positions())
            found = [node for node in found if _place(node.body) in places] or found
        if len(found) > 1:
            # No positions (python -X no_debug_ranges; Python 3.12 for a constant body): equal code is as good.
            found = [node for node in found if _same_code(node, code)][:1] or found
        if len(found) != 1:
            raise NotShippable(
                f"it is one of several lambdas on line {code.co_firstlineno} of {self.file}",
                now="give each its own line.",
            )
        return found[0]

    def shown(self, node: ast.AST) -> str:
        """Give a node's own text, as the user wrote it."""
        return textwrap.dedent(ast.get_source_segment(self.text, node, padded=True) or "")


def program_of(file: str, namespace: dict[str, Any]) -> Program:
    """Read the source of a namespace."""
    linecache.checkcache(file)
    text = "".join(linecache.getlines(file, namespace))
    if not text:
        raise NotShippable("it has no source file (typed at a prompt, or made by exec)", now="put it into a file.")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise NotShippable(f"{file} is no Python any more: {error}", now="run the program again.") from error
    bindings: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        for name in bound_names(statement):
            bindings.setdefault(name, []).append(statement)
    return Program(file=file, namespace=namespace, text=text, tree=tree, bindings=bindings)


def namespace_of(module: str, value: Any) -> tuple[str, dict[str, Any]]:
    """Give file and namespace of the module that a value was imported from; its own word first, then sys.modules."""
    if isinstance(value, FunctionType) and value.__globals__.get("__name__") == module:
        return value.__code__.co_filename, value.__globals__
    found = sys.modules.get(module)
    if not isinstance(found, ModuleType) or not found.__file__:
        raise NotShippable(f"it uses the module {module}, which has no source file")
    return found.__file__, found.__dict__


def imports_in(statement: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Give the import statements inside, at any depth."""
    return (node for node in ast.walk(statement) if isinstance(node, ast.Import | ast.ImportFrom))


def _place(node: ast.expr) -> tuple[int | None, int | None, int | None, int | None]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _same_code(node: ast.Lambda, code: CodeType) -> bool:
    made = compile(ast.Expression(body=node), "<conversion>", "eval", dont_inherit=True)
    inner = next(const for const in made.co_consts if isinstance(const, CodeType))
    same = (inner.co_code, inner.co_names, inner.co_varnames, repr(inner.co_consts)) == (
        code.co_code,
        code.co_names,
        code.co_varnames,
        repr(code.co_consts),
    )
    return same and not code.co_freevars
