"""Which names a piece of code takes from its module, and how to change them. Pure syntax: never looks at a value.

Scopes are the compiler's own (`symtable`), not guessed. Type hints do not count: the generated module has
`from __future__ import annotations`, and so never evaluates them.
"""

from __future__ import annotations

import ast
import copy
import symtable
from collections.abc import Iterator, Mapping

from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable


def free_names(statement: ast.stmt) -> list[str]:
    """Give the names that a top-level statement takes from its module or from the builtins, sorted."""
    top, *inner = _tables(statement)
    found = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    for table in inner:
        found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return sorted(found)


def field_hints(statement: ast.stmt) -> list[str]:
    """Give the names in type hints of class bodies: dataclasses look there for ClassVar, InitVar and KW_ONLY."""
    hints = [
        node.annotation
        for body in ast.walk(statement)
        if isinstance(body, ast.ClassDef)
        for node in body.body
        if isinstance(node, ast.AnnAssign)
    ]
    return sorted({node.id for hint in hints for node in ast.walk(hint) if isinstance(node, ast.Name)})


def renamed(statement: ast.stmt, names: Mapping[str, str]) -> ast.stmt:
    """Give the statement with module names changed. Refuses where one of them also is the name of something local."""
    if not names:
        return statement
    for table in list(_tables(statement))[1:]:
        for symbol in table.get_symbols():
            name = symbol.get_name()
            if not symbol.is_global() and (name in names or name in names.values()) and table.get_type() != "module":
                raise NotShippable(
                    f"it uses two different things called {name}, and one of them has to be renamed to be shipped",
                    now=f"give one of the two {name} another name.",
                )
    changed: ast.stmt = _Renamer(names).visit(copy.deepcopy(statement))
    return changed


def _tables(statement: ast.stmt) -> Iterator[symtable.SymbolTable]:
    bare = ast.fix_missing_locations(_WithoutHints().visit(copy.deepcopy(statement)))
    waiting = [symtable.symtable(unparsed(bare), "<conversion>", "exec")]
    while waiting:
        table = waiting.pop()
        yield table
        waiting.extend(table.get_children())


def unparsed(node: ast.AST) -> str:
    """Write code as text."""
    try:
        return ast.unparse(ast.fix_missing_locations(node))
    except ValueError as error:  # an f-string that this release of Python can read but not write
        raise NotShippable(
            f"its source cannot be written again ({error})", now="build the text in two steps instead of one f-string."
        ) from error


class _WithoutHints(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(value=None)
        return self.generic_visit(node)


class _Renamer(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._names.get(name, name) for name in node.names]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        return self.generic_visit(node)
