"""What the kit judges, and how it is driven: the names of `SideTable` over any shape.

A target is a module, an object, or a factory. A factory is called for every fresh table; a module
or an object is one table, which is reset instead. Either may have `SideTable`'s names or PyTorch's.

Every call of the kit into a table goes through `Driver` or what that returned, so that an exception
which crossed them is known to be the target's, and any other the kit's.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from types import MappingProxyType, ModuleType, TracebackType
from typing import Any, Final, Protocol, Self, TypeAlias, TypeVar, final

from sidetable_conformance.errors import RequirementFailed, TargetError
from sidetable_conformance.objects import describe, describe_error
from sidetable_conformance.spec import CAPABILITIES, capabilities_in
from sidetable_source import (
    Codegen,
    IndexNotRegisteredError,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
    Source,
    StaleHandleError,
    UnknownHandleError,
    Unsupported,
    WrongTableError,
)
from sidetable_source.errors import printable, type_name

# --- What an implementation offers, as the kit sees it: the names of `SideTable` -----------------

Constructor: TypeAlias = Callable[[Codegen], None]
"""A callable that writes, into a codegen, the code that puts one index's object on the stack."""

ConstructFn: TypeAlias = Callable[[int, Codegen], None]
"""The same for a graph-created object, whose index is known only after registration."""


class Table(Protocol):
    """A side table: from small indices to live objects.

    In profile core the kit calls one method at a time, from one thread. In every profile it drops
    every object and table that it gets.

    Example:
        >>> def is_table(table: Table) -> Table: ...
    """

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        """Every index's constructor, in index order; may be a sequence of constructors."""
        ...

    def register_user_object(self, value: object, source: Source) -> int:
        """Give an object from outside the graph the next index."""
        ...

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        """Give an object that the graph makes the next index, and keep the example alive."""
        ...

    def has_user_objects(self) -> bool:
        """Return whether anything is registered, of either kind."""
        ...

    def store(self, *objects: object) -> None:
        """Replace the whole binding: the n-th object is found at index n."""
        ...

    def get(self, index: int) -> object:
        """Return the object that an index means now, or raise."""
        ...

    def reset(self) -> None:
        """Forget everything, as if the table were new."""
        ...


class Finder(Protocol):
    """Anything that looks up an index: a table, or a record of lookups elsewhere."""

    def get(self, index: int, /) -> object:
        """Return the object that an index means, or raise."""
        ...


class SettableTable(Table, Protocol):
    """A table that can replace one index's object; the capability `set`."""

    def set(self, index: int, value: object) -> None:
        """Bind one index to another object, and keep that object alive."""
        ...


# --- The names by which a target's operations go: `SideTable`'s, or PyTorch's --------------------


@final
@dataclass(frozen=True, slots=True)
class Shape:
    """One set of names for the operations of a side table.

    Registering and presence have the same names in every shape.

    Attributes:
        owner: Whose names these are, for messages.
        store: Replaces the whole binding.
        get: Looks up an index.
        reset: Forgets everything.
        constructors: The container of constructors, or a property that returns it.
        set: Replaces one index's object; a target may lack this and all that follow.
        frame: Binds objects for the length of a block; "" in a shape without such a name.
        entry: Makes an entry function; or "".
        snapshot: Keeps what is bound, to be entered again; or "".
        resolve: Looks up an index in the frame that a handle names; or "".
    """

    owner: str
    store: str
    get: str
    reset: str
    constructors: str
    set: str
    frame: str = ""
    entry: str = ""
    snapshot: str = ""
    resolve: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """The names that a target of this shape has to have."""
        return (
            "register_user_object",
            "register_graph_created_object",
            "has_user_objects",
            self.store,
            self.get,
            self.reset,
            self.constructors,
        )

    @property
    def optional(self) -> Mapping[str, str]:
        """The capabilities that a target may have, each with the name of its operation."""
        names = {
            "set": self.set,
            "frames": self.frame,
            "entries": self.entry,
            "snapshots": self.snapshot,
            "handles": self.resolve,
        }
        return MappingProxyType({word: name for word, name in names.items() if name})

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of everything that can be called, except for handles and presence."""
        names = (
            self.store,
            self.get,
            self.reset,
            "register_user_object",
            "register_graph_created_object",
            self.set,
            self.frame,
            self.snapshot,
            self.entry,
        )
        return tuple(name for name in names if name)

    def missing_in(self, thing: object) -> tuple[str, ...]:
        """Return the needed names that an object does not have.

        A name that cannot be called counts as missing, unless it is the container.
        """
        return tuple(
            name
            for name in self.needed
            if not (has(thing, name) if name == self.constructors else can_call(thing, name))
        )


SIDETABLE: Final = Shape(
    owner="SideTable",
    store="store",
    get="get",
    reset="reset",
    constructors="constructors",
    set="set",
    frame="frame",
    entry="entry",
    snapshot="snapshot",
    resolve="resolve",
)
PYTORCH: Final = Shape(
    owner="PyTorch",
    store="store_user_object_weakrefs",
    get="get_external_object_by_index",
    reset="reset_user_object_tracking",
    constructors="index_to_bytecode_constructor",
    set="set_external_object_by_index",
)
SHAPES: Final = (SIDETABLE, PYTORCH)


def has(thing: object, name: str) -> bool:
    """Return whether an object has an attribute; one that fails when read counts."""
    try:
        getattr(thing, name)
    except AttributeError:
        return False
    except Exception:  # noqa: BLE001  # whatever a stranger's property raises
        return True
    return True


def can_call(thing: object, name: str) -> bool:
    """Return whether an object has a method or function of this name."""
    try:
        return callable(getattr(thing, name))
    except Exception:  # noqa: BLE001  # whatever a stranger's property raises
        return False


def takes(thing: object, name: str, parameter: str) -> bool:
    """Return whether an object has a method that may take a parameter of this name."""
    try:
        parameters = inspect.signature(getattr(thing, name)).parameters.values()
    except (TypeError, ValueError):  # it says nothing, as a function written in C
        return True
    except Exception:  # noqa: BLE001  # as above
        return False
    kind = inspect.Parameter
    named = {each.kind for each in parameters if each.name == parameter}
    named |= {each.kind for each in parameters} & {kind.VAR_KEYWORD}
    return bool(named & {kind.POSITIONAL_OR_KEYWORD, kind.KEYWORD_ONLY, kind.VAR_KEYWORD})


# --- The kinds of failure that an exception of a target's can be ---------------------------------


@final
class ErrorKind(StrEnum):
    """The kinds of failure that an operation of a table can raise.

    A target whose exceptions do not show the kind by their types has a function `classify`, which
    returns a member of this class or its text.

    Attributes:
        NEVER_BOUND: A lookup of an index to which nothing was ever bound.
        NO_BINDING: A lookup in a context that has no binding at all.
        DIED: A lookup of an index whose object has died.
        NOT_FOUND: A lookup that finds nothing, and does not say why.
        NOT_WEAK_REFERENCEABLE: A store or a set of an object that cannot be weakly referenced.
        UNSUPPORTED: A registration of one.
        STALE_HANDLE: A lookup by the handle of a frame that has ended.
        UNKNOWN_HANDLE: A lookup by a number that never was a handle.
        WRONG_TABLE: A lookup by the handle of another table's frame.
    """

    NEVER_BOUND = "never-bound"
    NO_BINDING = "no-binding"
    DIED = "died"
    NOT_FOUND = "not-found"
    NOT_WEAK_REFERENCEABLE = "not-weak-referenceable"
    UNSUPPORTED = "unsupported"
    STALE_HANDLE = "stale-handle"
    UNKNOWN_HANDLE = "unknown-handle"
    WRONG_TABLE = "wrong-table"


LOOKUP_KINDS: Final = frozenset(
    {ErrorKind.NEVER_BOUND, ErrorKind.NO_BINDING, ErrorKind.DIED, ErrorKind.NOT_FOUND}
)
"""What a lookup that finds nothing may say."""

# The errors of sidetable_source are children of the builtins, so they stand before them.
_BY_TYPE: Final[tuple[tuple[type[Exception], ErrorKind], ...]] = (
    (IndexNotRegisteredError, ErrorKind.NEVER_BOUND),
    (NoBindingError, ErrorKind.NO_BINDING),
    (ObjectNotAliveError, ErrorKind.DIED),
    (NotWeakReferenceableError, ErrorKind.NOT_WEAK_REFERENCEABLE),
    (Unsupported, ErrorKind.UNSUPPORTED),
    (StaleHandleError, ErrorKind.STALE_HANDLE),
    (UnknownHandleError, ErrorKind.UNKNOWN_HANDLE),
    (WrongTableError, ErrorKind.WRONG_TABLE),
    (LookupError, ErrorKind.NEVER_BOUND),
    (ReferenceError, ErrorKind.DIED),
    (AssertionError, ErrorKind.NOT_FOUND),
    (TypeError, ErrorKind.NOT_WEAK_REFERENCEABLE),
)


def kind_by_type(error: BaseException) -> ErrorKind | None:
    """Return the kind of failure that the type of an exception shows, or None."""
    for type_, kind in _BY_TYPE:
        if isinstance(error, type_):
            return kind
    return None


# --- Drives a target by whichever names it has, and adds nothing of its own ----------------------

_T = TypeVar("_T")


@final
class Driver:
    """A table as checks use it: `SideTable`'s names over any shape.

    A driver looks a name up whenever it is used, because an implementation may rebind it. It
    keeps no argument and no result.
    """

    __slots__ = ("_shape", "_thing")

    def __init__(self, thing: object, shape: Shape) -> None:
        self._thing: Final[Any] = thing  # anything that has the names
        self._shape: Final = shape

    def register_user_object(self, value: object, source: Source) -> int:
        """Give an object from outside the graph the next index."""
        return _index("register_user_object", self._thing.register_user_object(value, source))

    def register_held_by_frames(self, value: object, source: Source) -> int:
        """Register an object that only frames and entry functions hold."""
        index = self._thing.register_user_object(value, source, hold="frame")
        return _index("register_user_object", index)

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        """Give an object that the graph makes the next index."""
        index = self._thing.register_graph_created_object(value, construct_fn)
        return _index("register_graph_created_object", index)

    def has_user_objects(self) -> object:
        """Return what the target says about presence, which is not always a bool."""
        present: object = self._thing.has_user_objects()
        return present

    def present(self) -> bool:
        """Return presence as a bool."""
        return bool(self._thing.has_user_objects())

    def store(self, *objects: object) -> object:
        """Replace the whole binding, and return what the target returned."""
        returned: object = getattr(self._thing, self._shape.store)(*objects)
        return returned

    def get(self, index: int) -> object:
        """Look an index up."""
        found: object = getattr(self._thing, self._shape.get)(index)
        return found

    def set(self, index: int, value: object) -> None:
        """Replace one index's object."""
        getattr(self._thing, self._shape.set)(index, value)

    def reset(self) -> None:
        """Make the table as new."""
        getattr(self._thing, self._shape.reset)()

    def constructors(self) -> tuple[tuple[int, Constructor], ...]:
        """Return every index with its constructor, in the target's order."""
        return tuple(self.each_constructor())

    def frame(self, *objects: object) -> Block:
        """Return a frame of these objects, not entered yet."""
        return Block(getattr(self._thing, self._shape.frame)(*objects))

    def snapshot(self) -> Block:
        """Return what is bound now, not entered yet."""
        return Block(getattr(self._thing, self._shape.snapshot)())

    def resolve(self, handle: int, index: int) -> object:
        """Look an index up in the frame that a handle names."""
        found: object = getattr(self._thing, self._shape.resolve)(handle, index)
        return found

    def entry(
        self, graph: Callable[..., object], like: Callable[..., object]
    ) -> Callable[..., Any]:
        """Return an entry function for a graph, to be called by `call`."""
        made: Callable[..., Any] = getattr(self._thing, self._shape.entry)(graph, like=like)
        return made  # what it returns is up to the graph

    def each_constructor(self) -> Iterator[tuple[int, Constructor]]:
        """Yield every index with its constructor, one at a time."""
        container = getattr(self._thing, self._shape.constructors)
        items = getattr(container, "items", None)
        yield from enumerate(container) if items is None else items()

    def copied(self, copy: Callable[[object], object]) -> Driver:
        """Return a copy of the table, made by a given function."""
        return Driver(copy(self._thing), self._shape)

    def write(self, constructor: Constructor, codegen: Codegen) -> None:
        """Run a constructor that the target made."""
        constructor(codegen)


@final
class Block:
    """A context manager from a target: a frame or a snapshot."""

    __slots__ = ("_thing",)

    def __init__(self, thing: object) -> None:
        self._thing: Final[Any] = thing  # a stranger's context manager

    def __enter__(self) -> Self:
        self._thing.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> object:  # what is true lets no exception out, which no block of a check reckons with
        returned: object = self._thing.__exit__(kind, error, traceback)
        return returned

    def leave(self) -> None:
        """Leave it in the current context, as the end of a block does."""
        self._thing.__exit__(None, None, None)

    @property
    def handle(self) -> Any:
        """The frame's handle, which is not always an int."""
        return self._thing.handle

    def wrap(self, function: Callable[..., object]) -> Callable[..., Any]:
        """Return a function that runs another one inside, to be called by `call`."""
        wrapped: Callable[..., Any] = self._thing.wrap(function)
        return wrapped  # what it returns is up to the function


def call(function: Callable[..., Any], *arguments: object) -> Any:
    """Call a function that the target made."""
    return function(*arguments)


async def wait(coroutine: Awaitable[_T]) -> _T:
    """Wait for a coroutine of a function that the target made."""
    return await coroutine


def _index(operation: str, returned: Any) -> int:  # whatever the target returned
    # Checks reckon with indices, and one that is no number would look like a fault of theirs. That
    # it has to be an int is a requirement, with a check of its own.
    if isinstance(returned, (int, float)):
        return returned  # type: ignore[return-value]  # see above
    raise RequirementFailed(f"{operation} was called", "an int", describe(returned))


_DRIVING: Final = frozenset(each.__name__ for each in (Driver, Block, call, wait))


def operation_that_raised(traceback: TracebackType | None) -> str:
    """Return the operation that raised an exception, or "" if it is not a target's."""
    while traceback is not None:
        code, here = traceback.tb_frame.f_code, traceback.tb_frame.f_globals is globals()
        if here and code.co_qualname.partition(".")[0] in _DRIVING:
            return code.co_name
        traceback = traceback.tb_next
    return ""


# --- What a target says about itself: its powers, its errors, how to collect for it --------------


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

    The things are a table, and what made it; the first that has an attribute decides.
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
    for thing in things:
        try:
            found: object = getattr(thing, attribute)
        except AttributeError:
            continue
        except Exception as error:
            reason = f"reading its {attribute} raised {describe_error(error)}"
            raise TargetError(name, reason) from error
        if found is None or callable(found):
            return found
        raise TargetError(name, f"its {attribute} cannot be called")
    return None


# --- The target, and how the kit gets a fresh table from it --------------------------------------


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
