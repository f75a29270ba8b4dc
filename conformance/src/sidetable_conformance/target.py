"""The target that the kit judges, and how the kit gets a fresh table from it.

A target is a module, an object, or a factory. A factory is called for every fresh table; a module
or an object is one table, which is reset instead. Either may have `SideTable`'s names or PyTorch's.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any, Final, final

from sidetable_conformance.driver import (
    PYTORCH,
    SHAPES,
    SIDETABLE,
    Driver,
    ErrorKind,
    Shape,
    can_call,
    has,
    kind_by_type,
    takes,
)
from sidetable_conformance.errors import TargetError
from sidetable_conformance.objects import describe, describe_error
from sidetable_conformance.spec import CAPABILITIES, capabilities_in
from sidetable_source.errors import printable, type_name

# --- What a target says about itself: its powers, its errors, how to collect for it -----


@final
@dataclass(frozen=True, slots=True)
class Claims:
    """What a target says about itself.

    Attributes:
        name: What the target is called in reports.
        without: The powers that it is not asked about.
        lacking: The powers that it is asked about and cannot have, each with why not.
        own_classify: Its function `classify`, or None.
        own_collect: Its function `collect`, or None.
    """

    name: str
    without: frozenset[str] = frozenset()
    lacking: Mapping[str, str] = field(default_factory=dict[str, str])
    own_classify: Callable[[BaseException], object] | None = None
    own_collect: Callable[[], object] | None = None

    def classify(self, error: BaseException) -> ErrorKind | None:
        """Return which kind of failure an exception is; if the target does not say, by its type."""
        if self.own_classify is None:
            return kind_by_type(error)
        try:
            said = self.own_classify(error)
        except Exception as fault:
            reason = f"its classify() raised {describe_error(fault)}"
            raise TargetError(self.name, reason) from fault
        if said is None:
            return kind_by_type(error)
        if not isinstance(said, str) or said not in tuple(ErrorKind):
            kinds = ", ".join(ErrorKind)
            reason = f"its classify() returned {describe(said)}, which is none of {kinds}"
            raise TargetError(self.name, reason)
        return ErrorKind(said)

    def collect(self) -> None:
        """Run the collector, in the way that the target asks for."""
        if self.own_collect is None:
            gc.collect()
            return
        try:
            self.own_collect()
        except Exception as fault:
            reason = f"its collect() raised {describe_error(fault)}"
            raise TargetError(self.name, reason) from fault


def claims_of(
    name: str, things: tuple[object, ...], shape: Shape, without: Collection[str]
) -> Claims:
    """Return what a target says about itself, and do not believe it.

    Args:
        name: What the target is called in reports.
        things: A table, and what made it; the first that has an attribute decides.
        shape: The names that the table has.
        without: The powers that it is not meant to have.
    """
    try:
        opted_out = {*capabilities_in(",".join(without))}
    except ValueError as error:
        raise TargetError(name, str(error)) from error
    lacking = {word: why for word in CAPABILITIES if (why := _lacking(word, things, shape))}
    opted_out |= {"set"} & lacking.keys()
    return Claims(
        name=name,
        without=frozenset(opted_out),
        lacking={word: why for word, why in lacking.items() if word not in opted_out},
        own_classify=_function(name, things, "classify"),
        own_collect=_function(name, things, "collect"),
    )


def _lacking(word: str, things: tuple[object, ...], shape: Shape) -> str:
    """Return why a target cannot have a power, or "" if only its checks can tell."""
    if word in shape.optional:
        method = shape.optional[word]
        return "" if can_call(things[0], method) else f"has no method {method}"
    if word == "tables":
        return "is one table, not a factory of tables" if things[0] is things[-1] else ""
    if word == "hold" and shape.entry:
        takes_it = takes(things[0], "register_user_object", "hold")
        return "" if takes_it else "has a register_user_object without a parameter hold"
    if word in (*SIDETABLE.optional, "hold"):
        return f"has {shape.owner}'s names, which have no such operation"
    return ""


def _function(name: str, things: tuple[object, ...], attribute: str) -> Callable[..., Any] | None:
    # Its arguments and what it returns are looked at where it is called.
    found = _attribute(name, things, attribute)
    if found is not None and not callable(found):
        raise TargetError(name, f"its {attribute} cannot be called")
    return found


def _attribute(name: str, things: tuple[object, ...], attribute: str) -> object:
    for thing in things:
        try:
            found: object = getattr(thing, attribute)
        except AttributeError:
            continue
        except Exception as error:
            reason = f"reading its {attribute} raised {describe_error(error)}"
            raise TargetError(name, reason) from error
        return found
    return None


# --- The target, and how the kit gets a fresh table from it ---------------------------------------


@final
class Target:
    """What the kit judges; it gives one fresh table after another.

    Attributes:
        claims: What it says about itself.
        path: The text that another process can import it by, "" for none.
        name: Its name in reports.
        capabilities: The powers that it is asked about, and can have.
        shape: The names that its tables have.
        makes_tables: Whether each table is a new one, rather than the same one after a reset.
    """

    def __init__(
        self,
        thing: object,
        shape: Shape,
        factory: Callable[[], object] | None,
        claims: Claims,
        path: str = "",
    ) -> None:
        self.claims: Final = claims
        self.name: Final = claims.name
        self.capabilities: Final = frozenset(CAPABILITIES) - claims.without - claims.lacking.keys()
        self._thing: Final = thing
        self.shape: Final = shape
        self.makes_tables: Final = factory is not None
        self._factory: Final = factory
        self.path: Final = path

    @property
    def things(self) -> tuple[object, ...]:
        """Parts of the implementation, by which its own code can be told."""
        return (self._thing, *([] if self._factory is None else [self._factory]))

    @property
    def given(self) -> object:
        """What the caller gave the kit: the module, the object or the factory."""
        return self._thing if self._factory is None else self._factory

    def fresh(self) -> Driver:
        """Return a table in which nothing is registered or bound.

        Calls a factory; resets a module or an object, so what it gave before is gone.
        """
        return Driver(self.new(), self.shape)

    def new(self) -> object:
        """Return such a table under its own names."""
        if self._factory is not None:
            return _make(self.name, self._factory)
        Driver(self._thing, self.shape).reset()
        return self._thing

    def around(self, factory: Callable[[], object], shape: Shape | None = None) -> Target:
        """Return the same target with tables from another factory, around its own."""
        return Target(None, shape or self.shape, factory, self.claims, self.path)


def open_target(target: object, name: str = "", without: Collection[str] = ()) -> Target:
    """Return a target, after checking that it can be driven and is not in use.

    The check changes nothing: it reads the names, calls a factory once, and counts the
    constructors.

    Args:
        target: A module, an object or a factory, or `"MODULE"` or `"MODULE:ATTRIBUTE"`.
        name: Its name in reports; by default, the name that it was found by.
        without: The powers that it is not meant to have, of `CAPABILITIES`.

    Returns:
        The target. It is held strongly; so is one of the objects that a factory makes.

    Raises:
        TargetError: If it cannot be imported or made, lacks names, or has registrations, or there
            is no such power.

    Example:
        >>> open_target("json")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        sidetable_conformance.TargetError: target json cannot be used: it has neither ...
    """
    path = ""
    if isinstance(target, str):
        path = target
        name = name or target
        target = _find(target)
    elif isinstance(target, ModuleType):
        path = target.__name__
    name = name or _name_of(target)
    factory = _as_factory(target)
    thing = target if factory is None else _make(name, factory)
    shape = _shape_of(name, thing)
    claims = claims_of(name, (thing, target), shape, without)
    try:
        registered = len(Driver(thing, shape).constructors())
    except Exception as error:
        reason = f"reading its constructors raised {describe_error(error)}"
        raise TargetError(name, reason) from error
    if registered:
        raise TargetError(
            name,
            f"it is in use, with {registered} registered already. A run would reset it, so the kit"
            " has not touched it; reset it, or run the kit in a process of its own",
        )
    return Target(thing, shape, factory, claims, path)


def watchable(target: object) -> tuple[str, Any, object, Shape]:
    """Return a target's name, what has its operations, a table, and the names of the operations.

    The target may be in use, and stays as it is. Its operations belong to a module or an object,
    which is the table, or to the class of a factory's tables, one of which is made.

    Raises:
        TargetError: If it cannot be imported or made, or lacks names.
    """
    name = target if isinstance(target, str) else _name_of(target)
    found = _find(target) if isinstance(target, str) else target
    factory = _as_factory(found)
    if factory is None:
        return name, found, found, _shape_of(name, found)
    table = _make(name, factory)
    return name, found if inspect.isclass(found) else type(table), table, _shape_of(name, table)


def _find(path: str) -> object:
    module_name, colon, attributes = path.partition(":")
    if not module_name or bool(colon) != bool(attributes):
        raise TargetError(path, "it is not of the form MODULE or MODULE:ATTRIBUTE")
    try:
        found: object = import_module(module_name)
    except (Exception, SystemExit) as error:
        reason = f"importing {printable(module_name)} raised {describe_error(error)}"
        raise TargetError(path, reason) from error
    at = f"module {printable(module_name)}"
    for attribute in attributes.split(".") if attributes else ():
        try:
            found = getattr(found, attribute)
        except Exception as error:
            raise TargetError(path, f"{at} has no attribute {printable(attribute)}") from error
        at = f"{at}'s {printable(attribute)}"
    return found


def _as_factory(target: object) -> Callable[[], object] | None:
    # A class that makes tables has the names of its instances, so a class is always a factory.
    if inspect.isclass(target):
        return target
    if callable(target) and all(shape.missing_in(target) for shape in SHAPES):
        return target
    return None


def _make(name: str, factory: Callable[[], object]) -> object:
    try:
        return factory()
    except (Exception, SystemExit) as error:
        reason = f"calling it without arguments raised {describe_error(error)}"
        raise TargetError(name, reason) from error


def _shape_of(name: str, thing: object) -> Shape:
    lacking = {shape: shape.missing_in(thing) for shape in SHAPES}
    for shape, missing in lacking.items():
        if not missing:
            return shape
    raise TargetError(name, _what_is_missing(thing, lacking))


def _what_is_missing(thing: object, lacking: dict[Shape, tuple[str, ...]]) -> str:
    # The three names that all shapes share do not tell which of them was meant.
    own = {shape: sum(has(thing, name) for name in shape.needed[3:]) for shape in SHAPES}
    shape = SIDETABLE if own[SIDETABLE] >= own[PYTORCH] else PYTORCH
    if len(lacking[shape]) < len(shape.needed):
        return f"it has {shape.owner}'s names except {', '.join(lacking[shape])}"
    return (
        f"it has neither {SIDETABLE.owner}'s names ({', '.join(SIDETABLE.needed)})"
        f" nor {PYTORCH.owner}'s ({', '.join(PYTORCH.needed[3:])} besides the first three)"
    )


def _name_of(target: object) -> str:
    if isinstance(target, ModuleType):
        return printable(target.__name__)
    if inspect.isclass(target) or inspect.isfunction(target):
        return printable(f"{target.__module__}:{target.__qualname__}")
    return f"an object of type {type_name(target)}"
