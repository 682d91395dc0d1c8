"""Follow the names of a conversion through the user's modules, and put what they stand for into the generated module.

What a name stands for is judged by its *value* at this moment (a literal goes by value, so that a table read from a
file at start is shipped as it was read); what has no literal form goes by the statement that made it. Never imports or
runs anything.
"""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Iterable
from typing import Any

from pulumi_dynamo_migrator.conversion.capture.constants import described, is_value, literal
from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable
from pulumi_dynamo_migrator.conversion.capture.functions import Functions
from pulumi_dynamo_migrator.conversion.capture.imports import Imports
from pulumi_dynamo_migrator.conversion.capture.module_text import ModuleText, Piece
from pulumi_dynamo_migrator.conversion.capture.names import field_hints, free_names
from pulumi_dynamo_migrator.conversion.capture.origin import Origin, origin_of, refuse_foreign
from pulumi_dynamo_migrator.conversion.capture.program import MISSING, Program, namespace_of, program_of
from pulumi_dynamo_migrator.conversion.capture.spaces import Spaces
from pulumi_dynamo_migrator.conversion.capture.statements import (
    Import,
    absolute,
    import_of,
    made_by_work,
    refuse_outside,
    without_our_decorators,
)
from pulumi_dynamo_migrator.conversion.source import bound_names

_MODULE_NAMES = frozenset({"__name__", "__doc__", "__builtins__", "__debug__", "__package__", "__spec__"})


class Closure:
    """What one conversion needs; `text` holds what was found so far."""

    def __init__(self) -> None:
        self.text = ModuleText()
        self.imports = Imports(self.text)
        self.functions = Functions(self)
        self.constants: dict[str, Any] = {}
        """Values that are made again by their statement; compared with what that gives, at the end."""
        self._programs: dict[tuple[int, str], Program] = {}
        self._named: dict[tuple[Program, str], str] = {}
        self._shipped: set[int] = set()
        self._modules = Spaces(self)

    def program(self, file: str, namespace: dict[str, Any]) -> Program:
        """Give the program of a namespace, the same one each time."""
        key = (id(namespace), file)
        if key not in self._programs:
            self._programs[key] = program_of(file, namespace)
        return self._programs[key]

    def program_of_class(self, value: type) -> Program:
        """Give the program that a class is from; a runner's `__main__` is known only by its namespace."""
        name = value.__qualname__.partition(".")[0]
        known = (one for one in self._programs.values() if one.name == value.__module__ and name in one.bindings)
        return next(known, None) or self.program(*namespace_of(value.__module__, value))

    def names_for(self, program: Program, statement: ast.stmt, *, inner: Iterable[str] = ()) -> dict[str, str]:
        """Follow all names that a statement takes from its module; give what they are called in the generated one."""
        self.imports.check(statement)
        names = {}
        for name in free_names(statement):
            if name not in inner:
                names[name] = self.refer(program, name, using=statement)
        for name in field_hints(statement):
            imported = import_of(program, name)
            if imported and origin_of(absolute(program, imported[0])) is Origin.STANDARD:
                names[name] = self.refer(program, name, using=statement)
        return names

    def refer(self, program: Program, name: str, *, using: ast.AST) -> str:
        """Follow one module name; give what it is called in the generated module."""
        value = program.value(name)
        if isinstance(value, types.ModuleType) and origin_of(value.__name__) is Origin.OWN:
            return self._modules.refer(program, name, value, using)
        known = self._named.get((program, name))
        if known is None:
            known = self._named[program, name] = self._follow(program, name, value)
        return known

    def claim(self, program: Program, name: str) -> str:
        """Give a module's own definition its name in the generated module."""
        return self._named.setdefault((program, name), self.text.allocate(name, (id(program), name)))

    def ship(self, program: Program, statement: ast.stmt) -> None:
        """Put a statement of a user's module into the generated one, with all that it names."""
        if id(statement) in self._shipped:
            return
        self._shipped.add(id(statement))
        own = {name: self.claim(program, name) for name in bound_names(statement)}
        bare = without_our_decorators(program, statement)
        piece = Piece(program=program, statement=bare, original=statement)
        self.text.add_piece(piece)
        piece.names = {**self.names_for(program, bare, inner=own), **own}

    def _follow(self, program: Program, name: str, value: Any) -> str:
        statements = program.bindings.get(name, [])
        if value is MISSING and not statements:
            return _builtin(program, name)
        if name in _MODULE_NAMES:
            return name
        if name == "__file__":
            raise NotShippable(f"it reads __file__ in {program.name}, and no files beside the source are shipped")
        if isinstance(value, types.ModuleType):
            return self.imports.module(program, name, value)
        return self._follow_value(program, name, value, statements)

    def _follow_value(self, program: Program, name: str, value: Any, statements: list[ast.stmt]) -> str:
        imported = import_of(program, name)
        origin = origin_of(absolute(program, imported[0])) if imported else None
        if imported and origin is Origin.OWN:
            return self._import_own(program, name, value, imported)
        text = literal(value)
        if imported and (origin is Origin.STANDARD or text is None):
            return self.imports.name(program, name, value, imported)
        if text is not None:
            return self._literal(program, name, text)
        if isinstance(value, types.FunctionType) and made_by_work(statements):
            return self.functions.ship(value, name)
        return self._by_statement(program, name, value, statements)

    def _literal(self, program: Program, name: str, text: str) -> str:
        new = self.claim(program, name)
        self.text.add_literal(new, text)
        return new

    def _by_statement(self, program: Program, name: str, value: Any, statements: list[ast.stmt]) -> str:
        if hasattr(value, "registry"):
            raise NotShippable(f"it uses {name}, whose registered functions cannot be found (functools.singledispatch)")
        defined = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in statements)
        if value is not MISSING and not defined and not is_value(value):
            raise NotShippable(
                f"it uses {name} of {program.name}, which is {described(value)} and lives only in this process"
            )
        if not statements:
            return self._elsewhere(program, name, value)
        refuse_outside(statements, name)
        new = self.claim(program, name)
        for statement in statements:
            self.ship(program, statement)
        if value is not MISSING and not defined:
            self.constants[new] = value
        return new

    def _elsewhere(self, program: Program, name: str, value: Any) -> str:
        """Follow a function or class that no statement here binds: by `import *`, or from another notebook cell."""
        module, own_name = getattr(value, "__module__", None), getattr(value, "__name__", None)
        if not isinstance(module, str) or not isinstance(own_name, str):
            raise NotShippable(f"it uses {name}, {described(value)} that no statement of {program.name} makes")
        origin = origin_of(module) if module != program.name else Origin.OWN
        if origin in {Origin.STANDARD, Origin.SHIPPED}:
            return self.imports.line(name, module, own_name)
        if origin is not Origin.OWN:
            raise refuse_foreign(module)
        source = self.program(*namespace_of(module, value))
        if source is program or own_name not in source.bindings:
            raise NotShippable(f"it uses {name}, whose definition is not at the top level of {module}")
        return self.refer_from(program, source, own_name)

    def refer_from(self, user: Program, source: Program, name: str) -> str:
        """Follow a name of another module, which then comes before this one."""
        self.text.add_use(user, source)
        return self.refer(source, name, using=ast.Pass())

    def _import_own(self, program: Program, name: str, value: Any, imported: tuple[Import, ast.alias]) -> str:
        source = self.program(*namespace_of(absolute(program, imported[0]), value))
        own_name = imported[1].name
        if own_name not in source.bindings and own_name not in source.namespace:
            # The import's module was replaced since; the value says where it is from.
            text = literal(value)
            return self._elsewhere(program, name, value) if text is None else self._literal(program, name, text)
        return self.refer_from(program, source, own_name)


def _builtin(program: Program, name: str) -> str:
    if hasattr(builtins, name) or name in _MODULE_NAMES:
        return name
    raise NotShippable(f"it uses {name}, which {program.name} does not define", now=f"define {name}, or pass it in.")
