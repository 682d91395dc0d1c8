"""A conversion as source text: what is stored, shipped to Lambda, and compared with what was applied. Never runs it.

The fingerprint is made from the syntax tree, without positions, comments, docstrings and the type hints of functions.
It is written here and not by `ast.dump`, whose text differs between Python's releases: moving to another one edits no
conversion.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any


@dataclass(frozen=True, slots=True)
class CapturedSource:
    """A function with all that it needs. `files` holds one generated module: the function's source *closure*."""

    kind: str
    entry: str
    """The qualified name of the function in the file."""
    files: tuple[tuple[str, str], ...]
    fingerprint: str
    python: str
    """The minor release that it was captured under, such as "3.11": Lambda runs the same."""
    shown: str
    """The function's own source, for people."""

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "entry": self.entry,
            "files": [list(file) for file in self.files],
            "fingerprint": self.fingerprint,
            "python": self.python,
            "shown": self.shown,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CapturedSource:
        return cls(
            kind=data["kind"],
            entry=data["entry"],
            files=tuple((path, text) for path, text in data["files"]),
            fingerprint=data["fingerprint"],
            python=data["python"],
            shown=data["shown"],
        )


def fingerprint(text: str, entry: str) -> str:
    """Give the hex fingerprint of a module's text and the function in it that is the conversion."""
    statements = [(tuple(sorted(bound_names(node))), normal(node)) for node in ast.parse(text).body]
    names = [name for bound, _ in statements for name in bound]
    if len(names) == len(set(names)):
        # With one definition for each name their order means nothing: a helper may move within its file.
        statements.sort()
    whole = "\n".join([entry, *(tokens for _, tokens in statements)])
    return blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def normal(node: ast.AST) -> str:
    """Give a text that equal code shares."""
    return "".join(_tokens(node))


def bound_names(statement: ast.stmt) -> set[str]:
    """Give the module's names that a top-level statement binds (not what functions and classes in it bind inside)."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in statement.names}
    names: set[str] = set()
    for child in _same_scope(statement):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store | ast.Del):
            names.add(child.id)
        elif isinstance(child, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and child.name:
            names.add(child.name)
        elif isinstance(child, _NAMED):
            names |= bound_names(child)
    return names


_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_SCOPES = (*_NAMED, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _SCOPES):
            yield from _same_scope(child)


_WITHOUT_MEANING = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
_HINTS = {ast.arg: "annotation", ast.FunctionDef: "returns", ast.AsyncFunctionDef: "returns"}


def _tokens(node: Any) -> Iterator[str]:
    """Write a node so that equal code gives equal text. Empty fields are left out: releases add some."""
    if isinstance(node, list):
        yield "["
        for child in node:
            yield from _tokens(child)
            yield ","
        yield "]"
    elif isinstance(node, ast.AST):
        yield type(node).__name__ + "("
        for name, value in _fields(node):
            yield name + "="
            yield from _tokens(value)
            yield ";"
        yield ")"
    else:
        yield f"{type(node).__name__}:{node!a}"  # ASCII: which letters are printable depends on the release


def _fields(node: ast.AST) -> Iterator[tuple[str, Any]]:
    hint = _HINTS.get(type(node))
    for name, value in ast.iter_fields(node):
        absent = value in (None, []) and not isinstance(node, ast.Constant)  # the constant None is a value
        if absent or name in _WITHOUT_MEANING or name == hint:
            continue
        if name == "body" and _has_docstring(node):
            yield name, value[1:]
        else:
            yield name, _joined(value) if isinstance(node, ast.JoinedStr) else value


def _has_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module)
        and ast.get_docstring(node, clean=False) is not None
    )


def _joined(parts: list[ast.expr]) -> list[ast.expr]:
    """Merge neighbouring texts of an f-string, and drop empty ones: how it splits them differs between releases."""
    merged: list[ast.expr] = []
    for part in parts:
        if isinstance(part, ast.Constant) and not part.value:
            continue
        last = merged[-1] if merged else None
        if isinstance(part, ast.Constant) and isinstance(last, ast.Constant):
            merged[-1] = ast.Constant(str(last.value) + str(part.value))
        else:
            merged.append(part)
    return merged
