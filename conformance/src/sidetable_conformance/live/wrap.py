"""Putting something around a target's operations, and taking it off again."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial, update_wrapper
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final, TypeAlias, final
from weakref import ref

from sidetable_conformance.errors import TargetError
from sidetable_conformance.objects import describe, describe_error

Operation: TypeAlias = Callable[..., Any]  # of a stranger
Body: TypeAlias = tuple[str, Mapping[str, object]]
"""What runs instead of an operation, as text, and what names in it mean."""

Around: TypeAlias = Callable[[Operation, CodeType, object], Body]
"""Returns the body, given the operation, code with its parameters, and the one object whose method
it is, if there is only one."""

_ABSENT: Final = object()


def _anything(*arguments: Any, **named: Any) -> None:  # the parameters of what says nothing of its
    """Has the parameters of what does not say which ones it has."""


@final
class Wrapped:
    """One operation of a target, with something around it until `undo`.

    A function of a module or a class gets other code and stays the same object, because others may
    have imported it by value, captured it in a graph or compare it by identity. What is no Python
    function is replaced in every module that has it. A function that each table has for itself is
    replaced in the table: code is nothing that the collector looks into, and a table that is part
    of a cycle would never be collected.

    Args:
        owner: The module, class or object.
        name: The operation's name.
        around: Returns what runs instead.
        is_one_of_many: Whether the owner is one of a class's tables.

    Attributes:
        code: What runs meanwhile.

    Raises:
        TargetError: If it can be neither given other code nor replaced.
    """

    __slots__ = ("_found", "_function", "_names", "code")

    def __init__(
        self, owner: Any, name: str, around: Around, *, is_one_of_many: bool = False
    ) -> None:
        value = getattr(owner, name)
        only: object = None
        self._function: FunctionType | None = None
        self._names: list[tuple[Callable[[], Any], str]] = []
        if isinstance(value, MethodType) and isinstance(value.__func__, FunctionType):
            only, value = value.__self__, value.__func__
        says = inspect.unwrap(value) if callable(value) else value
        code = says.__code__ if isinstance(says, FunctionType) else _anything.__code__
        self._found: CodeType = code
        if is_one_of_many or not isinstance(value, FunctionType):
            body, meanings = around(value, code, only)
            function = FunctionType(like(code, body, {}), dict(meanings), name)
            self.code: CodeType = function.__code__
            self._replace(owner, name, value, function, is_one_of_many)
            return
        self._function = value
        original = FunctionType(
            code, value.__globals__, value.__name__, value.__defaults__, value.__closure__
        )
        original.__kwdefaults__ = value.__kwdefaults__
        self.code = like(code, *around(original, code, only))
        value.__code__ = self.code

    def _replace(
        self, owner: Any, name: str, value: Any, replacement: FunctionType, is_one_of_many: bool
    ) -> None:
        says = inspect.unwrap(value) if callable(value) else value
        replacement.__defaults__ = getattr(says, "__defaults__", None)
        replacement.__kwdefaults__ = getattr(says, "__kwdefaults__", None)
        update_wrapper(replacement, value, updated=())
        del vars(replacement)["__wrapped__"]
        places = [(owner, name)]
        modules: list[object] = [] if is_one_of_many else [*sys.modules.values()]
        for module in modules:  # some put other things there
            if isinstance(module, ModuleType) and module is not owner:
                places += [(module, key) for key, it in [*vars(module).items()] if it is value]
        of_its_own = is_one_of_many or name in getattr(owner, "__dict__", {})
        # What the function holds the collector can see; what this object holds, it could not.
        vars(replacement).update(found=value if of_its_own else _ABSENT)
        try:
            for place, key in places:
                setattr(place, key, replacement)
                held = ref(place) if is_one_of_many else partial(_itself, place)
                self._names.append((held, key))
        except (AttributeError, TypeError) as error:
            self.undo()
            reason = f"its {name} cannot be watched: {describe_error(error)}"
            raise TargetError(describe(owner), reason) from error

    def undo(self) -> None:
        """Put back what was there, unless somebody else has put in something else since."""
        if self._function is not None and self._function.__code__ is self.code:
            self._function.__code__ = self._found
        for held, key in self._names:
            place = held()
            replacement = getattr(place, key, None)
            if place is None or getattr(replacement, "__code__", None) is not self.code:
                continue
            found = vars(replacement)["found"]
            if found is _ABSENT:
                delattr(place, key)
            else:
                setattr(place, key, found)


def _itself(place: object) -> object:
    return place


def signature(code: CodeType) -> tuple[str, str]:
    """Return the parameters of code, as they are written in a definition and in a call."""
    names = code.co_varnames
    positional = code.co_argcount
    keyword = positional + code.co_kwonlyargcount
    parameters = [*names[:positional]]
    arguments = [*names[:positional]]
    if code.co_posonlyargcount:
        parameters.insert(code.co_posonlyargcount, "/")
    if code.co_flags & inspect.CO_VARARGS:
        parameters.append(f"*{names[keyword]}")
        arguments.append(f"*{names[keyword]}")
    elif code.co_kwonlyargcount:
        parameters.append("*")
    parameters += names[positional:keyword]
    arguments += [f"{name}={name}" for name in names[positional:keyword]]
    if code.co_flags & inspect.CO_VARKEYWORDS:
        rest = names[keyword + bool(code.co_flags & inspect.CO_VARARGS)]
        parameters.append(f"**{rest}")
        arguments.append(f"**{rest}")
    return ", ".join(parameters), ", ".join(arguments)


def like(code: CodeType, body: str, constants: Mapping[str, object]) -> CodeType:
    """Return code with the parameters, the name and the file of another one.

    Args:
        code: The other one.
        body: What it does. `(ARGUMENTS)` is what it was called with.
        constants: What names in it mean, for a function whose globals have to stay as they are.
    """
    parameters, arguments = signature(code)
    stands_for = {f"constant of {name}": value for name, value in constants.items()}
    if constants:
        # Assigned where they are used: all of them before would take as long as a lookup.
        names = rf"\b({'|'.join(constants)})\b"
        body = re.sub(names, r"(\1 := 'constant of \1')", body)
    lines = body.replace("ARGUMENTS", arguments).splitlines()
    text = "\n    ".join([f"def made({parameters}):", *lines])
    namespace: dict[str, Any] = {}  # what `exec` asks for
    exec(compile(text, code.co_filename, "exec"), namespace)  # noqa: S102  # our own text
    made: CodeType = namespace["made"].__code__
    return made.replace(
        co_consts=tuple(
            stands_for.get(one, one) if isinstance(one, str) else one for one in made.co_consts
        ),
        co_name=code.co_name,
        co_qualname=code.co_qualname,
        co_firstlineno=code.co_firstlineno,
        co_freevars=code.co_freevars if constants else (),
        co_flags=made.co_flags | (code.co_flags & inspect.CO_NESTED),
    )
