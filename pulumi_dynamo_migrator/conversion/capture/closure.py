"""Follow the names of a conversion through the user's modules, and put what they stand for into the generated module.

What a name stands for is judged by its *value* at this moment (a literal goes by value, so that a table read from a file at
start is shipped as it was read), what has no literal form goes by the statement that made it. Never imports or runs anything.
"""

from __future__ import annotations

import ast
import builtins
import copy
import importlib.util
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

from pulumi_dynamo_migrator.conversion.capture.constants import described, is_value, literal
from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable
from pulumi_dynamo_migrator.conversion.capture.functions import Functions
from pulumi_dynamo_migrator.conversion.capture.module_text import ModuleText, Piece
from pulumi_dynamo_migrator.conversion.capture.names import field_hints, free_names
from pulumi_dynamo_migrator.conversion.capture.origin import Origin, is_ours, origin_of, refuse_foreign
from pulumi_dynamo_migrator.conversion.capture.program import MISSING, Program, imports_in, namespace_of, program_of
from pulumi_dynamo_migrator.conversion.source import bound_names

Import = ast.Import | ast.ImportFrom
_MODULE_NAMES = frozenset({"__name__", "__doc__", "__builtins__", "__debug__", "__package__", "__spec__"})


class Closure:
    """What one conversion needs; `text` holds what was found so far."""

    def __init__(self) -> None:
        self.text = ModuleText()
        self.functions = Functions(self)
        self.constants: dict[str, Any] = {}
        """Values that are made again by their statement; compared with what that gives, at the end."""
        self._programs: dict[tuple[int, str], Program] = {}
        self._named: dict[tuple[Program, str], str] = {}
        self._shipped: set[int] = set()
        self._spaces: dict[tuple[Program, str], set[str]] = {}

    def program(self, file: str, namespace: dict[str, Any]) -> Program:
        """Give the program of a namespace, the same one each time."""
        key = (id(namespace), file)
        if key not in self._programs:
            self._programs[key] = program_of(file, namespace)
        return self._programs[key]

    def names_for(self, program: Program, statement: ast.stmt, *, inner: Iterable[str] = ()) -> dict[str, str]:
        """Follow all names that a statement takes from its module; give what they are called in the generated one."""
        self._check_imports(statement)
        names = {}
        for name in free_names(statement):
            if name not in inner:
                names[name] = self.refer(program, name, using=statement)
        for name in field_hints(statement):
            imported = _import_of(program, name)
            if imported and origin_of(_absolute(program, imported[0])) is Origin.STANDARD:
                names[name] = self.refer(program, name, using=statement)
        return names

    def refer(self, program: Program, name: str, *, using: ast.AST) -> str:
        """Follow one module name; give what it is called in the generated module."""
        value = program.value(name)
        if isinstance(value, types.ModuleType) and origin_of(value.__name__) is Origin.OWN:
            return self._space(program, name, value, using)
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
            return self._import_module(program, name, value)
        imported = _import_of(program, name)
        origin = origin_of(_absolute(program, imported[0])) if imported else None
        if imported and origin is Origin.OWN:
            return self._import_own(program, name, value, imported)
        text = literal(value)
        if imported and (origin is Origin.STANDARD or text is None):
            return self._import_name(program, name, value, imported)
        if text is not None:
            return self._literal(program, name, text)
        if isinstance(value, types.FunctionType) and _made_by_work(statements):
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
            raise NotShippable(f"it uses {name} of {program.name}, which is {described(value)} and lives only in this process")
        if not statements:
            return self._elsewhere(program, name, value)
        _refuse_outside(statements, name)
        new = self.claim(program, name)
        for statement in statements:
            self.ship(program, statement)
        if value is not MISSING and not defined:
            self.constants[new] = value
        return new

    def _elsewhere(self, program: Program, name: str, value: Any) -> str:
        """A function or class that is in this namespace without a statement: by `import *`, or from another notebook cell."""
        module, own_name = getattr(value, "__module__", None), getattr(value, "__name__", None)
        if not isinstance(module, str) or not isinstance(own_name, str):
            raise NotShippable(f"it uses {name}, {described(value)} that no statement of {program.name} makes")
        origin = origin_of(module) if module != program.name else Origin.OWN
        if origin in {Origin.STANDARD, Origin.SHIPPED}:
            return self._import_line(name, module, own_name)
        if origin is not Origin.OWN:
            raise refuse_foreign(module)
        source = self.program(*namespace_of(module, value))
        if source is program or own_name not in source.bindings:
            raise NotShippable(f"it uses {name}, whose definition is not at the top level of {module}")
        return self._from(program, source, own_name)

    def _from(self, user: Program, source: Program, name: str) -> str:
        self.text.add_use(user, source)
        return self.refer(source, name, using=ast.Pass())

    # Imports

    def _import_name(self, program: Program, name: str, value: Any, imported: tuple[Import, ast.alias]) -> str:
        statement, alias = imported
        module = _absolute(program, imported[0])
        origin = origin_of(module)
        if origin is Origin.STANDARD and isinstance(statement, ast.ImportFrom):
            return self._import_line(name, module, alias.name)
        home = getattr(value, "__module__", module)
        if isinstance(home, str) and origin_of(home) is Origin.SHIPPED:
            return self._import_line(name, home, alias.name)
        raise refuse_foreign(module)

    def _import_line(self, name: str, module: str, attribute: str) -> str:
        new = self.text.allocate(name, ("import", module, attribute))
        self.text.add_import(f"from {module} import {attribute}" + (f" as {new}" if new != attribute else ""))
        return new

    def _import_own(self, program: Program, name: str, value: Any, imported: tuple[Import, ast.alias]) -> str:
        source = self.program(*namespace_of(_absolute(program, imported[0]), value))
        own_name = imported[1].name
        if own_name not in source.bindings and own_name not in source.namespace:
            # The import's module was replaced since; the value says where it is from.
            text = literal(value)
            return self._elsewhere(program, name, value) if text is None else self._literal(program, name, text)
        return self._from(program, source, own_name)

    def _import_module(self, program: Program, name: str, value: types.ModuleType) -> str:
        if origin_of(value.__name__) not in {Origin.STANDARD, Origin.SHIPPED}:
            raise refuse_foreign(value.__name__)
        for statement in program.bindings.get(name, []):
            for node in imports_in(statement):
                self._import_as_written(name, value, node)
        if value.__name__ == name:
            new = self.text.allocate(name, ("module", name))
            self.text.add_import(f"import {name}" + (f" as {new}" if new != name else ""))
            return new
        imported = _import_of(program, name)
        if imported and isinstance(imported[0], ast.ImportFrom) and imported[0].module:
            return self._import_line(name, imported[0].module, imported[1].name)
        module = imported[1].name if imported else value.__name__
        new = self.text.allocate(name, ("module", module))
        self.text.add_import(f"import {module} as {new}")
        return new

    def _import_as_written(self, name: str, value: types.ModuleType, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import) and value.__name__ == name:
            for alias in node.names:
                if alias.name.split(".")[0] == name:
                    self.text.add_import(f"import {alias.name}")  # import xml.etree.ElementTree binds xml

    def _check_imports(self, statement: ast.stmt) -> None:
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

    # The user's own modules as values: import shapes; shapes.clean(item)

    def _space(self, program: Program, name: str, module: types.ModuleType, using: ast.AST) -> str:
        new = self.claim(program, name)
        spaces = self._spaces.setdefault((program, name), set())
        for path in _paths(using, name):
            parts = path.split(".")
            owner = module
            for depth, part in enumerate(parts[1:], 1):
                found = getattr(owner, part, None)
                if isinstance(found, types.ModuleType) and origin_of(found.__name__) is Origin.OWN:
                    self._make_space(program, new, spaces)
                    self._make_space(program, ".".join([new, *parts[1 : depth + 1]]), spaces)
                    owner = found
                    continue
                self._put(program, ".".join([new, *parts[1 : depth + 1]]), owner, done=spaces)
                break
            else:
                raise NotShippable(f"it uses the module {path} as a value", now=f"name what it uses of it: {path}.something.")
        return new

    def _put(self, program: Program, target: str, owner: types.ModuleType, *, done: set[str]) -> None:
        new, *_, part = target.split(".")
        self._make_space(program, new, done)
        if target in done:
            return
        done.add(target)
        source = self.program(owner.__file__ or "", owner.__dict__)
        value = self._from(program, source, part)
        self.text.add_alias(program, f"{target} = {value}")

    def _make_space(self, program: Program, target: str, done: set[str]) -> None:
        if target not in done:
            done.add(target)
            self.text.add_alias(program, f'{target} = __import__("types").SimpleNamespace()')


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


def _builtin(program: Program, name: str) -> str:
    if hasattr(builtins, name) or name in _MODULE_NAMES:
        return name
    raise NotShippable(f"it uses {name}, which {program.name} does not define", now=f"define {name}, or pass it in.")


def _import_of(program: Program, name: str) -> tuple[Import, ast.alias] | None:
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
    return getattr(sys.modules.get(_absolute(program, node)), alias.name, None)


def _made_by_work(statements: list[ast.stmt]) -> bool:
    """Whether an expression does more than call something with plain arguments: then its result is shipped, not its making."""
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


def _refuse_outside(statements: list[ast.stmt], name: str) -> None:
    for statement in statements:
        for node in _outside_lambdas(statement):
            word = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if word in _OUTSIDE:
                raise NotShippable(
                    f"it uses {name}, which is made from {word}: that would be another one in Lambda",
                    now=f"make {name} of plain values (str, numbers, lists, dicts): those are shipped as they are.",
                )


def _absolute(program: Program, node: Import) -> str:
    if isinstance(node, ast.Import):
        return node.names[0].name
    if not node.level:
        return node.module or ""
    package = program.namespace.get("__package__") or ""
    return importlib.util.resolve_name("." * node.level + (node.module or ""), package)


def _paths(using: ast.AST, name: str) -> list[str]:
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
