"""What a statement of a user's module says about a name: which import bound it, how its value was made."""

from __future__ import annotations

import ast
import copy
import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable
from pulumi_dynamo_migrator.conversion.capture.origin import is_ours
from pulumi_dynamo_migrator.conversion.capture.program import Program, imports_in

Import = ast.Import | ast.ImportFrom


def import_of(program: Program, name: str) -> tuple[Import, ast.alias] | None:
    """Find the import that bound a name: of several (try … except ImportError) the one that gives the value it has."""
    found = [
        (node, alias)
        for statement in program.bindings.get(name, [])
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in imports_in(statement)
        for alias in node.names
        if (alias.asname or alias.name.split(".")[0]) == name
    ]
    value = program.value(name)
    return next((one for one in found if _gives(program, *one) is value), found[0] if found else None)


def _gives(program: Program, node: Import, alias: ast.alias) -> Any:
    if isinstance(node, ast.Import):
        return sys.modules.get(alias.name)
    return getattr(sys.modules.get(absolute(program, node)), alias.name, None)


def absolute(program: Program, node: Import) -> str:
    """Give the full name of the module that an import names."""
    if isinstance(node, ast.Import):
        return node.names[0].name
    if not node.level:
        return node.module or ""
    package = program.namespace.get("__package__") or ""
    return importlib.util.resolve_name("." * node.level + (node.module or ""), package)


def without_our_decorators(program: Program, statement: ast.stmt) -> ast.stmt:
    """Give a definition without this package's decorators: they register, and have no meaning in Lambda."""
    if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement
    kept = [node for node in statement.decorator_list if not is_ours(program.value(_root(node)))]
    if len(kept) == len(statement.decorator_list):
        return statement
    bare = copy.copy(statement)
    bare.decorator_list = kept
    return bare


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def made_by_work(statements: list[ast.stmt]) -> bool:
    """Whether a value comes from more than one call with plain arguments: then it is shipped, and not its making."""
    for statement in statements:
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        value = statement.value
        inner = [*value.args, *(word.value for word in value.keywords)] if isinstance(value, ast.Call) else [value]
        if any(isinstance(node, ast.Call | ast.Subscript) for one in inner if one for node in _outside_lambdas(one)):
            return True
    return False


def _outside_lambdas(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, ast.Lambda | ast.FunctionDef | ast.ClassDef):
        for child in ast.iter_child_nodes(node):
            yield from _outside_lambdas(child)


_OUTSIDE = frozenset({"open", "input", "environ", "getenv", "argv"})


def refuse_outside(statements: list[ast.stmt], name: str) -> None:
    """Refuse what is made from files, input or the environment: made again in Lambda it would be something else."""
    for statement in statements:
        for node in _outside_lambdas(statement):
            word = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if word in _OUTSIDE:
                raise NotShippable(
                    f"it uses {name}, which is made from {word}: that would be another one in Lambda",
                    now=f"make {name} of plain values (str, numbers, lists, dicts): those are shipped as they are.",
                )
