"""What rewritten code calls for everything it reads, calls and stores.

The hooks of a function know where its variables come from; the `Interpreter` of the trace decides
what a read, a call or a store gives.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Final, NoReturn, cast

from torch.fx.proxy import Proxy

from sidetable_source import ClosureSource, Source

from .calls import SIGNS, unpacked
from .code import codes_of
from .known import CONTAINERS, cell_content, is_stand_in, module_source
from .objects import attribute_of, holds, item_of
from .proxies import WRAP, ObjectProxy, refuse

if TYPE_CHECKING:
    from .interpreter import Interpreter


class Hooks:
    """The hooks of one function, which know where its variables come from.

    Args:
        run: Decides what the code gets.
        function: The function.
        source: Where it comes from; None if that is not known.
        is_root: Whether sources start in its variables: it is the function of the entry.
    """

    def __init__(
        self, run: Interpreter, function: FunctionType, source: Source | None, *, is_root: bool
    ) -> None:
        self._open: Interpreter | None = run
        self._function: Final = function
        self._source: Final = source
        self._is_root: Final = is_root

    @property
    def _run(self) -> Interpreter:
        if self._open is None:
            refuse(
                "Code of a trace that has ended",
                self._function.__qualname__,
                "Something kept a function that was made while tracing, and called it afterwards",
                "Store nothing of the traced code outside it",
            )
        return self._open

    def close(self) -> None:
        """Drop the trace, because the garbage collector does not look into code."""
        self._open = None

    # Reads.

    def local(self, value: object) -> object:
        """Return what a variable of the function is read as."""
        return self._run.current(value)

    def name(self, value: object, name: str, whole: bool) -> object:  # a constant
        """Return what a variable of another scope is read as."""
        return self._run.current(self._outer(value, name, whole=whole))

    def _outer(self, value: object, name: str, *, whole: bool) -> object:
        function = self._function
        if name in function.__code__.co_freevars:
            at = function.__code__.co_freevars.index(name)
            if cell_content((function.__closure__ or ())[at]) is not value:
                return value
            if self._is_root:
                source: Source | None = ClosureSource(name)
            else:
                source = self._cell_source(at)
            return self._run.read(value, source, whole=whole)
        if name not in function.__globals__:  # of Python's, or of the function around
            return value
        if function.__globals__[name] is not value:
            return value
        return self._run.read(value, self._run.global_source(function, name), whole=whole)

    def _cell_source(self, at: int) -> Source | None:
        cells = self._source and attribute_of(self._source, "__closure__")
        cell = cells and item_of(cells, at)
        return cell and attribute_of(cell, "cell_contents")

    def attribute(self, value: object, name: str, whole: bool) -> object:
        """Return what an attribute is read as, where the code reads it."""
        return self._run.current(self._run.read_attribute(value, name, whole=whole))

    def method(self, value: object, name: str) -> object:
        """Return what an attribute is read as if it is called next."""
        return self._run.read_method(value, name)

    def item(self, value: object, key: object, whole: bool) -> object:
        """Return what an item is read as."""
        found = cast("dict[object, object]", value)[key]
        if whole and issubclass(type(found), CONTAINERS):
            self._run.expect_shape(found)
        return self._run.current(found)

    def iterated(self, value: object) -> object:
        """Return what a loop goes through."""
        return self._run.iterated(value)

    def imported(self, value: object, module: str, level: int, name: str) -> object:
        """Return what a name that was imported inside of a function is read as."""
        if level:
            package = cast("str", self._function.__globals__.get("__package__"))
            module = importlib.util.resolve_name("." * level + module, package)
        found = module_source(module)
        source = found and attribute_of(found, name)
        return self._run.read(value, source, whole=True)

    # Calls.

    def call(self, function: object, /, *args: object, **kwargs: object) -> object:
        """Return what a call is traced to."""
        return self._run.current(self._run.call(function, args, kwargs))

    def decorator(self, function: object) -> Callable[[object], object]:
        """Return a decorator that is called as the code's calls are."""
        return lambda decorated: self._run.call(function, (decorated,), {})

    # Stores.

    def target(self, value: object) -> object:
        """Return what to store an attribute or item in."""
        return self._run.target(value)

    def storing(self, value: object, name: str) -> object:
        """Return a value that is assigned to a variable of another scope."""
        is_cell = name in self._function.__code__.co_freevars
        if is_cell or name in self._function.__globals__ or not self._is_local(name):
            self._run.check_stored(value, f"the variable {name}")
        return value

    def _is_local(self, name: str) -> bool:
        return any(name in code.co_cellvars for code in codes_of(self._function.__code__))

    def cannot_store(self, name: str) -> NoReturn:
        """Refuse a statement that binds a variable of another scope without assigning to it."""
        refuse(
            "A variable of another scope is bound",
            name,
            f"The statement would bind {name}, a global or nonlocal variable, while tracing, and "
            "not in a call",
            "Assign to a local variable first, and then from it to this one",
        )

    def inplace(self, sign: str, value: object, other: object) -> object:
        """Return what `value += other` assigns."""
        return self._run.inplace(sign, value, other)

    def augmented(self, value: object) -> object:
        """Return what `value.name += other` reads and stores its attribute or item in."""
        return AugmentedTarget(self._run, value)

    # What only the code itself can be asked.

    def same(self, left: object, right: object) -> bool:
        """Return whether two values are the same object."""
        return self._run.same(left, right)

    def cannot_compare(self, *_: object) -> NoReturn:
        """Refuse a chain of comparisons with `is`."""
        refuse(
            "A chain of comparisons",
            "is",
            "Tracing cannot follow a chain that contains `is`",
            "Write it as separate comparisons joined by `and`",
        )

    def unpacked(self, value: object, count: int) -> object:
        """Return a value that is unpacked into `count` variables."""
        if issubclass(type(value), ObjectProxy):
            made = cast("Proxy", unpacked(value, count))
            return [made[at] for at in range(count)]  # type: ignore[index]  # PyTorch sets it
        return value

    def subject(self, value: object) -> object:
        """Return the subject of a match statement."""
        if holds(value, is_stand_in):
            refuse(
                "A match on an object",
                self._run.describe(value),
                "Tracing would match the patterns against the object's stand-in",
                WRAP,
            )
        return value


class Target:
    """What rewritten code stores attributes and items in, if that comes from outside the trace."""

    __slots__ = ("_run", "_value")

    def __init__(self, run: Interpreter, value: object) -> None:
        object.__setattr__(self, "_run", run)
        object.__setattr__(self, "_value", value)

    def __setattr__(self, name: str, new: object) -> None:
        run, value = _both(self)
        run.store_attribute(value, name, new)

    def __delattr__(self, name: str) -> None:
        run, value = _both(self)
        run.refuse_deleting(value, f"the attribute {name}")

    def __setitem__(self, key: object, new: object) -> None:
        run, value = _both(self)
        run.check_changed(value, "Setting an item")
        run.check_stored((key, new), "an item of a container that the trace did not make", value)
        cast("dict[object, object]", value)[key] = new

    def __delitem__(self, _: object) -> None:
        run, value = _both(self)
        run.refuse_deleting(value, "an item")


class AugmentedTarget:
    """What rewritten code reads and stores an attribute or item in, for `value.name += other`."""

    __slots__ = ("_run", "_value")

    def __init__(self, run: Interpreter, value: object) -> None:
        object.__setattr__(self, "_run", run)
        object.__setattr__(self, "_value", value)

    def __getattribute__(self, name: str) -> Augmented:
        run, value = _both(self)
        return Augmented(run, run.read_attribute(value, name, whole=True))

    def __setattr__(self, name: str, new: object) -> None:
        run, value = _both(self)
        setattr(run.target(value), name, new)

    def __getitem__(self, key: object) -> Augmented:
        run, value = _both(self)
        return Augmented(run, cast("dict[object, object]", value)[key])

    def __setitem__(self, key: object, new: object) -> None:
        run, value = _both(self)
        cast("dict[object, object]", run.target(value))[key] = new


class Augmented:
    """A value to which an operator such as `+=` is applied."""

    __slots__ = ("_run", "_value")

    def __init__(self, run: Interpreter, value: object) -> None:
        self._run = run
        self._value = value


def _augmenting(sign: str) -> Callable[[Augmented, object], object]:
    return lambda self, other: self._run.inplace(sign, self._value, other)


for _sign, _name in SIGNS.items():
    setattr(Augmented, f"__i{_name}__", _augmenting(_sign))


def _both(target: Target | AugmentedTarget) -> tuple[Interpreter, object]:
    return object.__getattribute__(target, "_run"), object.__getattribute__(target, "_value")
