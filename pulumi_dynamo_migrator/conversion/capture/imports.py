"""Imports in the generated module: of the standard library, and of the files that this package ships. Never another."""

from __future__ import annotations

import ast
import types
from typing import Any

from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable
from pulumi_dynamo_migrator.conversion.capture.module_text import ModuleText
from pulumi_dynamo_migrator.conversion.capture.origin import Origin, origin_of, refuse_foreign
from pulumi_dynamo_migrator.conversion.capture.program import Program, imports_in
from pulumi_dynamo_migrator.conversion.capture.statements import Import, absolute, import_of


class Imports:
    """Writes imports into a generated module."""

    def __init__(self, text: ModuleText) -> None:
        self._text = text

    def name(self, program: Program, name: str, value: Any, imported: tuple[Import, ast.alias]) -> str:
        """Import a name that was imported from the standard library, or from what this package ships."""
        statement, alias = imported
        module = absolute(program, imported[0])
        origin = origin_of(module)
        if origin is Origin.STANDARD and isinstance(statement, ast.ImportFrom):
            return self.line(name, module, alias.name)
        home = getattr(value, "__module__", module)
        if isinstance(home, str) and origin_of(home) is Origin.SHIPPED:
            return self.line(name, home, alias.name)
        raise refuse_foreign(module)

    def module(self, program: Program, name: str, value: types.ModuleType) -> str:
        """Import a module of the standard library as the program does."""
        if origin_of(value.__name__) not in {Origin.STANDARD, Origin.SHIPPED}:
            raise refuse_foreign(value.__name__)
        for statement in program.bindings.get(name, []):
            for node in imports_in(statement):
                self._as_written(name, value, node)
        if value.__name__ == name:
            new = self._text.allocate(name, ("module", name))
            self._text.add_import(f"import {name}" + (f" as {new}" if new != name else ""))
            return new
        imported = import_of(program, name)
        if imported and isinstance(imported[0], ast.ImportFrom) and imported[0].module:
            return self.line(name, imported[0].module, imported[1].name)
        module = imported[1].name if imported else value.__name__
        new = self._text.allocate(name, ("module", module))
        self._text.add_import(f"import {module} as {new}")
        return new

    def line(self, name: str, module: str, attribute: str) -> str:
        """Import one name of a module; give what it is called in the generated module."""
        new = self._text.allocate(name, ("import", module, attribute))
        self._text.add_import(f"from {module} import {attribute}" + (f" as {new}" if new != attribute else ""))
        return new

    def _as_written(self, name: str, value: types.ModuleType, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import) and value.__name__ == name:
            for alias in node.names:
                if alias.name.split(".")[0] == name:
                    self._text.add_import(f"import {alias.name}")  # import xml.etree.ElementTree binds xml

    def check(self, statement: ast.stmt) -> None:
        """Imports inside functions run in Lambda as they are written: they must work there."""
        for node in imports_in(statement):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for module in modules:
                relative = isinstance(node, ast.ImportFrom) and node.level > 0
                if relative or origin_of(module) is Origin.OWN:
                    raise NotShippable(
                        f"it imports the program's own module {module or '.'} inside a function",
                        now=f"import {module or 'it'} at the top of the file.",
                    )
                if origin_of(module) not in {Origin.STANDARD, Origin.SHIPPED}:
                    raise refuse_foreign(module)
