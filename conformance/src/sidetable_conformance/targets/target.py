"""What the kit is pointed at, and how a fresh table is got from it.

A target is a module, an object, or a factory. A factory is called for every fresh table; a module
or an object is one table, which is reset instead. Either may have `SideTable`'s names or PyTorch's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from importlib import import_module
from types import ModuleType
from typing import Final, final

from sidetable_conformance.errors import TargetError
from sidetable_conformance.objects.describe import describe_error
from sidetable_conformance.targets.claims import Claims, claims_of
from sidetable_conformance.targets.driver import Driver
from sidetable_conformance.targets.shape import PYTORCH, SHAPES, SIDETABLE, Shape, has
from sidetable_source.errors import printable, type_name


@final
class Target:
    """Gives one fresh table after another.

    Args:
        thing: A module or an object; of a factory, one of the objects that it makes.
        shape: The names that they have.
        factory: What makes more of them, or None.
        claims: What it says about itself.
        path: The text that another process can import it by, "" for none.

    Attributes:
        claims: What it says about itself.
        path: The text that another process can import it by, "" for none.
        name: What it is called in reports.
        capabilities: The optional powers that it has.
        shape: The names that its tables have.
        makes_tables: Whether each table is made anew, rather than one that is reset.
    """

    __slots__ = (
        "_factory",
        "_thing",
        "capabilities",
        "claims",
        "makes_tables",
        "name",
        "path",
        "shape",
    )

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
        self.capabilities: Final = claims.capabilities
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
        """What a caller gives to be judged: the module, the object or the factory."""
        return self._thing if self._factory is None else self._factory

    def fresh(self) -> Driver:
        """Returns a table in which nothing is registered or bound.

        A factory is called; a module or an object is reset, so what it gave before is gone.

        Raises:
            TargetError: If the factory fails.
        """
        if self._factory is not None:
            return Driver(_make(self.name, self._factory), self.shape)
        table = Driver(self._thing, self.shape)
        table.reset()
        return table


def open_target(
    target: object, name: str = "", capabilities: Collection[str] | None = None
) -> Target:
    """Returns the target that a caller means, found fit to be driven and not in use.

    Nothing is changed by looking: the names are read, a factory is called once, and the
    constructors are counted.

    Args:
        target: A module, an object or a factory, or `"MODULE"` or `"MODULE:ATTRIBUTE"`.
        name: What to call it in reports; by default, what it was found by.
        capabilities: The optional powers that it has; by default what it declares itself, and
            where it declares nothing, what its names show.

    Returns:
        The target. It is held strongly; of a factory, so is one of the objects that it makes.

    Raises:
        TargetError: If it can not be imported or made, lacks names, declares a capability that
            it does not have, or has registrations.

    Example:
        >>> open_target("json")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        sidetable_conformance.TargetError: target json can not be used: it has neither ...
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
    claims = claims_of(name, (thing, target), shape, capabilities)
    try:
        registered = len(Driver(thing, shape).constructors())
    except Exception as error:
        raise TargetError(name, f"reading its constructors gave {describe_error(error)}") from error
    if registered:
        raise TargetError(
            name,
            f"it is in use, with {registered} registered already. A run would reset it, so nothing"
            " was touched; reset it, or run the kit in a process of its own",
        )
    return Target(thing, shape, factory, claims, path)


def _find(path: str) -> object:
    module_name, colon, attributes = path.partition(":")
    if not module_name or bool(colon) != bool(attributes):
        raise TargetError(path, "it is not of the form MODULE or MODULE:ATTRIBUTE")
    try:
        found: object = import_module(module_name)
    except (Exception, SystemExit) as error:
        reason = f"importing {printable(module_name)} gave {describe_error(error)}"
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
        reason = f"calling it without arguments gave {describe_error(error)}"
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
        return f"it has {shape.owner}'s names but for {', '.join(lacking[shape])}"
    return (
        f"it has neither {SIDETABLE.owner}'s names ({', '.join(SIDETABLE.needed)})"
        f" nor {PYTORCH.owner}'s ({', '.join(PYTORCH.needed[3:])} beside the first three)"
    )


def _name_of(target: object) -> str:
    if isinstance(target, ModuleType):
        return printable(target.__name__)
    if inspect.isclass(target) or inspect.isfunction(target):
        return printable(f"{target.__module__}:{target.__qualname__}")
    return f"an object of type {type_name(target)}"
