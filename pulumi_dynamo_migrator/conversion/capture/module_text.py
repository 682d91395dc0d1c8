"""The generated module: hands out names, keeps the pieces, writes them in an order that works."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable
from pulumi_dynamo_migrator.conversion.capture.names import renamed, unparsed
from pulumi_dynamo_migrator.conversion.capture.program import Program
from pulumi_dynamo_migrator.conversion.source import normal

HEADER = "from __future__ import annotations"
MAX_TEXT = 200_000
"""The text is stored in Pulumi's state and in a ledger item (400 KB) and read at every cold start."""


@dataclass(slots=True, eq=False)
class Piece:
    """One statement of a user's module, with what its names are called in the generated one."""

    program: Program
    statement: ast.stmt
    original: ast.stmt
    names: dict[str, str] = field(default_factory=dict)


class ModuleText:
    """Imports, literals, each user module's statements in their own order (imported modules first), made functions."""

    def __init__(self) -> None:
        self._owners: dict[str, Hashable] = {}
        self._imports: dict[str, None] = {}
        self._literals: dict[str, str] = {}
        self._aliases: dict[int, list[str]] = {}
        self._pieces: list[Piece] = []
        self._uses: dict[int, dict[int, None]] = {}
        self._made: list[str] = []

    def allocate(self, name: str, owner: Hashable) -> str:
        """Give the name, or one with a number when another thing has it already."""
        candidate, count = name, 1
        while self._owners.setdefault(candidate, owner) != owner:
            count += 1
            candidate = f"{name}_{count}"
        return candidate

    def add_import(self, line: str) -> None:
        self._imports[line] = None

    def add_literal(self, name: str, text: str) -> None:
        self._literals[name] = text

    def add_alias(self, program: Program, line: str) -> None:
        self._aliases.setdefault(id(program), []).append(line)

    def add_piece(self, piece: Piece) -> None:
        self._pieces.append(piece)

    def add_use(self, user: Program, used: Program) -> None:
        self._uses.setdefault(id(user), {})[id(used)] = None

    def add_made(self, text: str) -> None:
        self._made.append(text)

    def render(self) -> str:
        """Write the module."""
        literals = [f"{name} = {ast.unparse(ast.parse(text))}" for name, text in sorted(self._literals.items())]
        parts = [HEADER, *sorted(self._imports), *literals]
        for program in self._programs():
            parts += self._aliases.get(program, [])
            pieces = [piece for piece in self._pieces if id(piece.program) == program]
            parts += [written(piece) for piece in sorted(pieces, key=lambda piece: piece.statement.lineno)]
        parts += self._made
        text = "\n\n".join(parts) + "\n"
        if len(text) > MAX_TEXT:
            largest = max(parts, key=len)
            raise NotShippable(
                f"it needs {len(text):,} characters of source, and {MAX_TEXT:,} are the limit;"
                f" the largest part ({len(largest):,}) begins with {largest[:60]!r}"
            )
        return text

    def _programs(self) -> list[int]:
        order: dict[int, None] = {}

        def visit(program: int, above: frozenset[int]) -> None:
            for used in self._uses.get(program, ()):
                if used not in above:
                    visit(used, above | {used})
            order.setdefault(program)

        for piece in self._pieces:
            visit(id(piece.program), frozenset({id(piece.program)}))
        for program in [*self._uses, *self._aliases]:
            visit(program, frozenset({program}))
        return list(order)


def written(piece: Piece) -> str:
    """Write a piece, and make sure that it still says the same."""
    changes: Mapping[str, str] = {name: new for name, new in piece.names.items() if name != new}
    return checked(renamed(piece.statement, changes))


def checked(statement: ast.stmt) -> str:
    """Write a statement; refuse when reading it again gives other code (a fault of this Python's ast.unparse)."""
    text = unparsed(statement)
    if normal(ast.parse(text).body[0]) != normal(statement):
        raise NotShippable(
            f"its source cannot be written again: {text[:80]!r}", now="write this part in a simpler way."
        )
    return text
