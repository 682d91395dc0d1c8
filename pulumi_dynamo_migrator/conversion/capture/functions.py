"""Function objects that no module-level name stands for: lambdas, functions made in functions, partials.

Each becomes a definition in the generated module. The variables of an enclosing function become the arguments of a
small factory around it, so that two functions made by one function keep different values. Never calls the user's code.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import types
from typing import TYPE_CHECKING, Any

from pulumi_dynamo_migrator.conversion.capture.constants import described, literal
from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable
from pulumi_dynamo_migrator.conversion.capture.module_text import checked
from pulumi_dynamo_migrator.conversion.capture.names import renamed
from pulumi_dynamo_migrator.conversion.capture.origin import Origin, is_ours, origin_of
from pulumi_dynamo_migrator.conversion.capture.program import MISSING, Definition, Program

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.conversion.capture.closure import Closure

_WRAPPED = 20
"""More decorators than anybody stacks."""


class Functions:
    """Ships function objects into a closure's text."""

    def __init__(self, closure: Closure) -> None:
        self._closure = closure
        self._done: dict[int, str] = {}
        self._kept: list[Any] = []  # an id names an object only while the object lives

    def ship(self, function: Any, name: str) -> str:
        """Put a function into the generated module; give its qualified name there (`name` if it has none)."""
        if id(function) not in self._done:
            self._kept.append(function)
            self._done[id(function)] = self._ship(function, name)
        return self._done[id(function)]

    def _ship(self, function: Any, name: str) -> str:
        named = self._module_level(function)
        if named is not None:
            return named
        if isinstance(function, functools.partial):
            return self._partial(function, name)
        if isinstance(function, types.FunctionType):
            return self._from_code(function, name)
        if isinstance(function, types.MethodType):
            raise NotShippable(f"it is the method {function.__name__} of {described(function.__self__)}, a live object")
        if isinstance(function, types.BuiltinFunctionType | type):
            raise NotShippable(f"{function.__name__} is no function written in Python", now="wrap it: lambda item: …")
        raise NotShippable(f"it is {described(function)}, a live object, and no function", now="give a function.")

    def _module_level(self, function: Any) -> str | None:
        """A function that its module's name gives: it goes by its statement, decorators included."""
        raw = _unwrapped(function)
        if isinstance(raw, types.MethodType):
            raw = raw.__func__
        if not isinstance(raw, types.FunctionType) or "<" in raw.__code__.co_qualname:
            return None
        if _home(raw) is not Origin.OWN:
            return None
        refuse_coroutine(raw)
        program = self._closure.program(raw.__code__.co_filename, raw.__globals__)
        path = raw.__code__.co_qualname.split(".")
        if path[0] not in program.bindings:
            return None
        found = program.value(path[0])
        for part in path[1:]:
            found = getattr(found, part, MISSING)
        node = program.definition(raw.__code__)
        pending = (found is MISSING or is_ours(found)) and function is not raw and node in program.bindings[path[0]]
        if found == function and (found is function or isinstance(found, types.MethodType)):
            return ".".join([self._closure.refer(program, path[0], using=node), *path[1:]])
        if pending and isinstance(node, ast.stmt):
            # Its own decorators are still at work: the last of them is ours, and has the function in hand.
            self._closure.ship(program, node)
            return self._closure.claim(program, path[0])
        return None

    def _partial(self, function: functools.partial[Any], name: str) -> str:
        target = self.expression(function.func, "its function")
        arguments = [self.expression(value, "an argument of functools.partial") for value in function.args]
        arguments += [
            f"{word}={self.expression(value, f'the argument {word} of functools.partial')}"
            for word, value in function.keywords.items()
        ]
        new = self._closure.text.allocate(name, id(function))
        self._closure.text.add_made(f'{new} = __import__("functools").partial({", ".join([target, *arguments])})')
        return new

    def _from_code(self, function: types.FunctionType, name: str) -> str:
        code = function.__code__
        if _home(function) is not Origin.OWN:
            raise NotShippable(f"it is made by {function.__module__} ({code.co_qualname}), and not by your program")
        refuse_coroutine(function)
        program = self._closure.program(code.co_filename, function.__globals__)
        node = copy.deepcopy(program.definition(code))
        self._fix_defaults(node, function)
        new = self._name(program, node, name, function)
        self._done[id(function)] = new
        cells = self._cells(function, node)
        if cells:
            self._factory(program, node, new, cells=cells)
        elif isinstance(node, ast.Lambda):
            # Followed without its new name: a lambda may use something of the program's that is called the same.
            bare = ast.Expr(value=node)
            self._write(bare, self._closure.names_for(program, bare), before=f"{new} = ")
        else:
            node.decorator_list = []
            names = self._closure.names_for(program, node, inner={node.name})
            self._write(node, {**names, node.name: new})
        return new

    def _name(self, program: Program, node: Definition, name: str, function: types.FunctionType) -> str:
        if isinstance(node, ast.Lambda):
            return self._closure.text.allocate(name, id(function))
        if node in program.tree.body and program.value(node.name) in (MISSING, function):
            return self._closure.claim(program, node.name)
        return self._closure.text.allocate(node.name, id(function))

    def _factory(self, program: Program, node: Definition, new: str, *, cells: dict[str, str]) -> None:
        maker = self._closure.text.allocate(f"_make_{new}", new)
        made = ast.parse(f"def {maker}({', '.join(cells)}): pass").body[0]
        assert isinstance(made, ast.FunctionDef)
        made.body = _returning(node)
        self._write(made, self._closure.names_for(program, made, inner={maker}))
        arguments = ", ".join(f"{cell}={text}" for cell, text in cells.items())
        self._closure.text.add_made(f"{new} = {maker}({arguments})")

    def _write(self, statement: ast.stmt, names: dict[str, str], *, before: str = "") -> None:
        changes = {old: new for old, new in names.items() if old != new}
        self._closure.text.add_made(before + checked(renamed(statement, changes)))

    def _cells(self, function: types.FunctionType, node: Definition) -> dict[str, str]:
        own = node.name if isinstance(node, ast.FunctionDef) else None
        changed = {name for one in ast.walk(node) if isinstance(one, ast.Nonlocal) for name in one.names}
        cells = {}
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if name in changed:
                raise NotShippable(f"it changes {name}, a variable of the function around it (nonlocal)")
            try:
                value = cell.cell_contents
            except ValueError:
                raise NotShippable(f"it uses {name} of the function around it, which has no value yet") from None
            if name == own and value is not function:
                raise NotShippable(
                    f"it calls itself through its decorator ({name})", now="move it to the top of the file."
                )
            if name != own:
                cells[name] = self.expression(value, name)
        return cells

    def _fix_defaults(self, node: Definition, function: types.FunctionType) -> None:
        """Default values were computed where the function was made: they go as they are (`lambda item, n=n: …`)."""
        if function.__defaults__:
            arguments = [*node.args.posonlyargs, *node.args.args][-len(function.__defaults__) :]
            pairs = zip(arguments, function.__defaults__, strict=True)
            node.args.defaults = [self._expression_node(value, argument.arg) for argument, value in pairs]
        named = function.__kwdefaults__ or {}
        node.args.kw_defaults = [
            self._expression_node(named[argument.arg], argument.arg) if argument.arg in named else None
            for argument in node.args.kwonlyargs
        ]

    def _expression_node(self, value: Any, what: str) -> ast.expr:
        return ast.parse(self.expression(value, what), mode="eval").body

    def expression(self, value: Any, what: str) -> str:
        """Give an expression for a value that a variable has; refuse a live one, by the variable's name."""
        text = literal(value)
        if text is not None:
            return text
        if isinstance(value, types.ModuleType) and origin_of(value.__name__) is Origin.STANDARD:
            return f'__import__("importlib").import_module({value.__name__!r})'
        if _is_function_like(value) and not _standard(value):
            return self.ship(value, what if what.isidentifier() else "helper")
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType) and _standard(value):
            return f'__import__("importlib").import_module({value.__module__!r}).{value.__qualname__}'
        if isinstance(value, type) and "<" not in value.__qualname__ and _is_own_class(value):
            return self._class(value)
        raise NotShippable(f"it uses {what}, which is {described(value)} and lives only in this process")

    def _class(self, value: type) -> str:
        program = self._closure.program_of_class(value)
        first, *rest = value.__qualname__.split(".")
        return ".".join([self._closure.refer(program, first, using=ast.Pass()), *rest])


def _is_own_class(value: type) -> bool:
    return value.__module__ == "__main__" or origin_of(value.__module__) is Origin.OWN


def refuse_coroutine(function: types.FunctionType) -> None:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise NotShippable(f"{function.__name__} is an async function", now="write it without async.")


def _returning(node: Definition) -> list[ast.stmt]:
    if isinstance(node, ast.Lambda):
        return [ast.Return(value=node)]
    node.decorator_list = []
    return [node, ast.Return(value=ast.Name(id=node.name, ctx=ast.Load()))]


def _unwrapped(function: Any) -> Any:
    for _ in range(_WRAPPED):
        if not hasattr(function, "__wrapped__"):
            break
        function = function.__wrapped__
    return function


def _home(function: types.FunctionType) -> Origin:
    """The origin of the module whose code this is; a runner's `__main__` may not be the one in sys.modules."""
    name = str(function.__globals__.get("__name__"))
    return Origin.OWN if name == "__main__" else origin_of(name)


def _is_function_like(value: Any) -> bool:
    return isinstance(value, types.FunctionType | functools.partial) or hasattr(value, "__wrapped__")


def _standard(value: Any) -> bool:
    module = getattr(value, "__module__", None)
    return isinstance(module, str) and origin_of(module) is Origin.STANDARD and module != "__main__"
