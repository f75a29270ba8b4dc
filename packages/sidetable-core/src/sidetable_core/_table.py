"""`SideTable`, and what it tells a compiler about each index: the constructors."""

# `sys._getframe` is the documented way to a frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import operator
import sys
from abc import abstractmethod
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from typing import TYPE_CHECKING, Final, Literal, NoReturn, SupportsIndex, TypeVar, final

from sidetable_source import (
    AttrSource,
    GetItemSource,
    IndexNotRegisteredError,
    InvalidSourceError,
    LocalSource,
    Source,
    unimplemented,
)
from sidetable_source.errors import printable, type_name
from sidetable_source.sources import is_source

from ._binding import (
    QUALNAME,
    UNBOUND,
    ConstructFunction,
    EditionName,
    Failed,
    FailedGraphCreated,
    GraphCreated,
    Held,
    HeldByFrames,
    Reference,
    Registration,
    StaysHere,
    TableState,
    bound_count,
    lookup_in,
    origin_text,
    reference_at,
    store_in,
)
from ._entry import Constructor, GraphConstructor, Input, SourceConstructor, make_entry
from ._frames import Frame, Snapshot, check_callable
from ._handles import HANDLES
from ._native import fast

_T = TypeVar("_T")

_EDITIONS: Final = ("2026.11", "dynamo-2.13")
_USUAL_SOURCES: Final[tuple[type, ...]] = (AttrSource, LocalSource, GetItemSource)


@final
class SideTable(StaysHere):
    """A table from small integers, which a graph can carry, to objects, which it cannot.

    A compiler registers each object that it meets, and gets an index to put into its graph. When
    the graph is called, generated code fetches the objects again and binds them: it makes the
    indices mean these objects. The graph looks them up. `entry` makes a function that does both.

    What an index means belongs to the current context (`contextvars`): a thread, an asyncio
    task or a greenlet never finds what another bound. The table holds user objects weakly, and
    the example values of graph-created objects strongly until `reset`. Threads and finalizers
    may call everything at any time, and no lookup takes a lock.

    Args:
        name: What messages call the table.
        edition: Which edition of the rules to follow: `"2026.11"`, this project's own, or
            `"dynamo-2.13"`, which does what PyTorch 2.13 does after a failure.

    Raises:
        ValueError: If there is no such edition.
        TypeError: If the name is not a string.

    Example:
        >>> from sidetable_core import LocalSource, SideTable
        >>> class Pool: ...
        >>> table, pool = SideTable("pools"), Pool()
        >>> index = table.register_user_object(pool, LocalSource("self").attr("pool"))
        >>> index, table.get(index) is pool
        (0, True)
        >>> other = Pool()
        >>> table.store(other)
        >>> table.get(index) is other
        True
    """

    __slots__ = {  # with what `help()` shows
        "__weakref__": None,
        "_state": None,
        "constructors": "For each index, what writes its object's code: a live, read-only mapping.",
        "get": "`get(index)` returns the very object that an index means in this context.",
        "store": "`store(*objects)` replaces the whole binding: the n-th object is found at n.",
    }

    get: Final[Callable[[SupportsIndex], object]]
    """Return the very object that an index means in the current context.

    Takes constant time and one read of an immutable value. Keeps nothing alive.

    Args:
        index: The index; anything with `__index__`.

    Raises:
        IndexNotRegisteredError: If this context's binding does not have the index.
        NoBindingError: If this context has no binding, or none for this index: an entry function
            or frame left it out, or only frames and entry functions hold its object.
        ObjectNotAliveError: If the object died.
        TypeError: If the index is not an integer.
    """

    store: Final[Callable[..., None]]
    """Replace the whole binding of the current context: the n-th argument is found at n.

    All or nothing, in one step. The table holds the objects weakly: the caller keeps them alive.
    Takes time and memory proportional to the number of objects. Does not touch registrations, and
    nothing has to be registered.

    Args:
        *objects: The objects, in index order.

    Raises:
        NotWeakReferenceableError: If an object cannot be weakly referenced. The binding stays as
            it was (edition dynamo-2.13: becomes empty).
    """

    constructors: Final[Mapping[int, Constructor]]
    """For each index, in order, what writes its object's code into a codegen.

    A live, read-only view; an iteration covers what was there when it began. Each call of
    `constructors[index](codegen)` writes the source that the user object was registered with, or
    calls the construct function with the index and the codegen.
    """

    def __init__(self, name: str | None = None, *, edition: EditionName = "2026.11") -> None:
        _check_name(name)
        if edition not in _EDITIONS:
            known = ", ".join(map(repr, _EDITIONS))
            raise ValueError(f"there is no edition {edition!r}; the editions are {known}")
        # An exact string: a subclass's own `__str__` would run whenever a message is made.
        self._state = TableState("unnamed" if name is None else str.__str__(name), edition)
        self.get = lookup_in(self._state)
        self.store = store_in(self._state)
        self.constructors = Constructors(self._state)

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self._state.name

    @property
    def edition(self) -> EditionName:
        """Which edition of the rules the table follows."""
        return self._state.edition

    @fast("register", TableState, Registration, _USUAL_SOURCES)
    def register_user_object(
        self, value: object, source: Source, *, hold: Literal["weak", "frame"] = "weak"
    ) -> int:
        """Give an object from outside the graph the next index, and bind it in this context.

        All or nothing. Takes constant time if this context has not stored yet, and time
        proportional to the size of its binding if it has. Records the line of the call.

        Args:
            value: The object. Held weakly.
            source: How to fetch it again. Held strongly, until reset.
            hold: How the object is held while it is bound. `"weak"`: by the caller only.
                `"frame"`: by the frame or entry function that binds it, for as long as that
                runs. This also suits objects that cannot be weakly referenced; until a frame
                binds it, the index finds nothing.

        Returns:
            The index: 0 for the first registration, then one more each time. No index is given
            out twice before `reset`, not even to the same object.

        Raises:
            Unsupported: If the object cannot be weakly referenced and `hold` is `"weak"`.
            InvalidSourceError: If the source is not a `Source` (edition dynamo-2.13: not
                checked).
            ValueError: If `hold` is neither of the two.
            FrameError: If a frame that is open in this context has bound the index already.
        """
        state = self._state
        kind: type = type(source)
        is_usual = kind is AttrSource or kind is LocalSource or kind is GetItemSource
        if not is_usual and not is_source(source) and state.edition != "dynamo-2.13":
            raise InvalidSourceError(
                f"Table {state.name} cannot register a value of type {type_name(source)} as a "
                "source",
                "A source is a value of one of the source kinds, or of another subclass of Source",
                'Write for example LocalSource("self").attr("pool")',
            )
        try:
            site = sys._getframe(1)  # noqa: SLF001
        except ValueError:
            site = sys._getframe()  # noqa: SLF001  # nothing calls us: the first thing in a thread
        registration: Registration
        if hold == "weak":
            try:
                registration = Registration(value)
            except TypeError as error:
                failed = Failed(Failed)
                failed.note(value, source, site)
                self._refuse(failed, value, error)
        elif hold == "frame":
            registration = HeldByFrames(HeldByFrames)
        else:
            raise ValueError(f"`hold` has to be 'weak' or 'frame', not {hold!r}")
        # As `note` does. To call it, and `register` where this context has only registered, takes
        # a quarter longer, and compilers register by the thousand.
        kind = type(value)
        registration.origin = source
        registration.type_name = kind.__qualname__ if type(kind) is type else QUALNAME(kind)
        registration.code = site.f_code
        registration.instruction = site.f_lasti
        registrations = state.registrations
        if state.variable.get(None) is registrations.proxy:
            return registrations.add(registration)
        return state.register(registration)

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFunction
    ) -> int:
        """Give an object that the graph itself makes the next index, and bind it in this context.

        All or nothing; takes as long as `register_user_object`.

        Args:
            example_value: The object that tracing made. Held strongly, until reset.
            construct_fn: Writes the code that makes the object: `construct_fn(index, codegen)`.
                Held strongly, until reset, and never called here.

        Returns:
            The index, from the same sequence as those of user objects.

        Raises:
            Unsupported: If the object cannot be weakly referenced.
            TypeError: If the construct function is not callable.
            FrameError: If a frame that is open in this context has bound the index already.
        """
        check_callable(construct_fn, "a construct function")
        try:
            site = sys._getframe(1)  # noqa: SLF001
        except ValueError:
            site = sys._getframe()  # noqa: SLF001  # as in `register_user_object`
        try:
            registration = GraphCreated(example_value)
        except TypeError as error:
            failed = FailedGraphCreated(FailedGraphCreated)
            failed.note(example_value, construct_fn, site)
            self._refuse(failed, example_value, error)
        registration.note(example_value, construct_fn, site)
        return self._state.register(registration, example_value)

    def has_user_objects(self) -> bool:
        """Return whether anything is registered, of either kind, alive or dead."""
        return bool(self._state.registrations)

    def reset(self) -> None:
        """End all registrations and the current context's binding.

        The next index is 0 again, and the table drops what it kept alive. Frames and entry
        functions that are running keep their bindings, and so do other contexts: old entry
        functions still work while new graphs are traced. Takes time proportional to what was
        registered.
        """
        self._state.reset()

    def set(self, index: SupportsIndex, value: object) -> None:
        """Make one index mean another object in the current context; the others stay.

        All or nothing. Takes time and memory proportional to the size of the binding.

        Args:
            index: An index that is bound in this context, or registered.
            value: The object. Held until the binding is replaced or its frame ends (edition
                dynamo-2.13: until reset).

        Raises:
            IndexNotRegisteredError: If the index is neither bound nor registered.
            NotWeakReferenceableError: If the object cannot be weakly referenced and its index
                is not registered with `hold="frame"`.
            TypeError: If the index is not an integer.
        """
        self._state.set(operator.index(index), value)

    def entry(
        self,
        graph: Callable[..., object],
        *,
        like: Callable[..., object],
        inputs: Sequence[Input] | None = None,
        indices: Iterable[SupportsIndex] | None = None,
    ) -> Callable[..., object]:
        """Return a function that fetches the objects, binds them for one call, and runs a graph.

        The function has the signature, name, docstring and annotations of `like`, closes over
        its cells and uses its globals. Each call runs the code of every constructor once, in
        index order, holds the objects in its locals, and restores what was bound before, even if
        the graph raises. Nested, recursive and concurrent calls each find their own objects.
        `inspect.getsource` shows its code.

        The constructors run now, so what is registered later is not part of the function. Takes
        time proportional to the number of objects, now and per call.

        Args:
            graph: What to run. Held strongly by the function.
            like: The function whose call is being captured; not a generator function. For a
                coroutine function, the entry function is one too, and awaits the graph.
            inputs: The sources of the graph's arguments, or None to pass on what the function
                itself was called with. `HANDLE` among them stands for the handle of the call's
                own frame.
            indices: The registrations that the graph needs, None for all. A table can serve
                several graphs, each of which fetches its own.

        Returns:
            The entry function. Its attribute `sources` is a tuple of the sources that it fetches,
            in index order.

        Raises:
            CodegenError: If `like` is not a Python function or is a generator function, a
                constructor does not write exactly one value, or a source names what `like` does
                not have.
            IndexNotRegisteredError: If one of the indices is not registered.
            TypeError: If the graph is not callable, or an index is not an integer.

        Example:
            >>> from sidetable_core import LocalSource, SideTable
            >>> class Pool: ...
            >>> def read(pool): ...
            >>> def write(log): ...
            >>> table = SideTable()
            >>> table.register_user_object(Pool(), LocalSource("pool"))
            0
            >>> table.register_user_object(Pool(), LocalSource("log"))
            1
            >>> reading = table.entry(lambda pool: table.get(0), like=read, indices=[0])
            >>> writing = table.entry(lambda log: table.get(1), like=write, indices=[1])
            >>> pool, log = Pool(), Pool()
            >>> reading(pool) is pool, writing(log) is log
            (True, True)
        """
        state = self._state
        constructors = dict(self.constructors.items())
        if indices is not None:
            chosen = sorted({operator.index(index) for index in indices})
            for index in chosen:
                if index not in constructors:
                    bound = bound_count(state.binding)
                    raise IndexNotRegisteredError(index, state.name, len(constructors), bound)
            constructors = {index: constructors[index] for index in chosen}
        return make_entry(state, constructors, graph, like, inputs)

    @fast("frame", TableState, Frame, HeldByFrames)
    def frame(self, *objects: object) -> Frame:
        """Return a context manager that binds these objects, and then restores what was bound.

        Args:
            *objects: The objects, in index order. The frame holds them from now until it ends.

        Raises:
            NotWeakReferenceableError: If an object cannot be weakly referenced and its index
                is not registered with `hold="frame"`.
        """
        state, indices = self._state, range(len(objects))
        held = [at for at in indices if type(state.registrations.at(at)) is HeldByFrames]
        references = state.references_to(objects, indices, held, Held, "frame")
        return Frame(state, objects, tuple(references))

    def snapshot(self) -> Snapshot:
        """Return what the indices mean in this context, to be entered again anywhere.

        For code that runs later or elsewhere than the call that bound the objects: a backward
        pass, a callback, a worker thread. It holds the objects that are alive now, until it is
        dropped, and can be entered any number of times.

        Raises:
            NoBindingError: If this context has no binding.
        """
        return Snapshot(self._state)

    def resolve(self, handle: SupportsIndex, index: SupportsIndex) -> object:
        """Return the very object that an index means in a frame of this table.

        Does what the function `resolve` does, and raises what it raises, but for frames of this
        table only.

        Args:
            handle: The frame's handle; see `Frame.handle`.
            index: The index; anything with `__index__`.

        Raises:
            WrongTableError: If the handle is that of another table's frame.
        """
        return HANDLES.find(handle, index, self._state)

    def describe(self) -> str:
        """Return a text for people that says what each index is, a line each.

        A line has the index, the source or construct function, the type of the object that was
        registered, whether it is alive, what the index means in this context, and the line of
        code that registered it. Runs no code of the objects.
        """
        state = self._state
        registrations, binding = state.registrations, state.binding
        bound = bound_count(binding)
        heading = f"table {printable(state.name)}, edition {state.edition}: "
        heading += f"{len(registrations)} registered, {bound} bound in this context"
        rows = [
            _row(index, registrations.at(index), reference_at(binding, index))
            for index in range(max(len(registrations), bound))
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
        return "\n".join([heading, *lines])

    def __repr__(self) -> str:
        state = self._state
        count = len(state.registrations)
        return f"<SideTable {state.name!r}, edition {state.edition}: {count} registered>"

    def _refuse(self, failed: Failed, value: object, error: TypeError) -> NoReturn:
        """Refuse an object that cannot be weakly referenced.

        In edition dynamo-2.13 the index is used up all the same: `failed` is registered in the
        object's place, and a graph-created value is kept alive until reset.
        """
        if type(failed) is FailedGraphCreated:
            what, kept = "example value", [value]
            hints = ["Let the graph make an object of a class with a `__weakref__` slot"]
        else:
            what, kept = "object", []
            hints = [
                'Register it with hold="frame": frames and entry functions hold it for the call',
                "Wrap it in an object of a class with a `__weakref__` slot",
            ]
        if self._state.edition == "dynamo-2.13":
            self._state.register(failed, *kept)
        name = failed.type_name
        unimplemented(
            gb_type=f"Failed to make a weak reference to a {failed.kind}",
            context=f"an {what} of type {name}, from {origin_text(failed.origin)}",
            explanation=f"{name} does not allow weak references, and a table holds objects weakly",
            hints=hints,
            from_exc=error,
        )


def _check_name(name: object) -> None:
    if name is not None and not isinstance(name, str):
        raise TypeError(f"a table's name has to be a string, not {type_name(name)}")


def _row(index: int, registration: Registration | None, reference: Reference) -> tuple[str, ...]:
    means = "not bound"
    if reference is not UNBOUND:
        value = reference()
        is_alive = value is not None or (isinstance(reference, Held) and reference.is_open)
        means = f"bound to a {printable(type_name(value)) if is_alive else 'dead object'}"
    if registration is None:
        return (str(index), "not registered", "", "", means, "")
    return (
        str(index),
        printable(origin_text(registration.origin)),
        printable(registration.type_name),
        registration.life or ("dead" if registration() is None else "alive"),
        means,
        f"registered at {printable(registration.site)}",
    )


# --- constructors --------------------------------------------------------------------------


class LiveMapping(StaysHere, Mapping[int, _T]):
    """What there is at each index now: a read-only view.

    An iteration, also of `items()` or `values()`, covers what was there when it began, whatever is
    registered, bound or reset meanwhile. `dict(view.items())` copies the view at one moment;
    `dict(view)` looks up one index after the other.
    """

    __slots__ = ("_state",)

    def __init__(self, state: TableState) -> None:
        self._state = state

    @abstractmethod
    def at(self, index: int) -> _T | None:
        """Return what there is at an index now, or None if there is nothing."""

    @abstractmethod
    def pairs(self) -> Iterator[tuple[int, _T]]:
        """Iterate over the indices that there are now and what is at each, in order."""

    def __getitem__(self, index: int) -> _T:
        try:
            position = operator.index(index)
        except TypeError:
            raise KeyError(index) from None
        found = self.at(position)
        if found is None:
            raise KeyError(index)
        return found

    def __iter__(self) -> Iterator[int]:
        return (index for index, _ in self.pairs())

    def items(self) -> ItemsView[int, _T]:
        """Return a live view of the indices with what is at each."""
        return _LiveItems(self)

    def values(self) -> ValuesView[_T]:
        """Return a live view of what is at the indices."""
        return _LiveValues(self)


class _LiveItems(ItemsView[int, _T]):
    """The indices of a live mapping, with what is at each."""

    __slots__ = ()
    if TYPE_CHECKING:
        _mapping: LiveMapping[_T]

    def __iter__(self) -> Iterator[tuple[int, _T]]:
        return self._mapping.pairs()


class _LiveValues(ValuesView[_T]):
    """What is at the indices of a live mapping."""

    __slots__ = ()
    if TYPE_CHECKING:
        _mapping: LiveMapping[_T]

    def __iter__(self) -> Iterator[_T]:
        return (value for _, value in self._mapping.pairs())

    def __contains__(self, value: object) -> bool:
        return any(each is value or each == value for each in self)


@final
class Constructors(LiveMapping[Constructor]):
    """A table's constructors by index. A lookup takes constant time and runs nothing."""

    __slots__ = ()

    def at(self, index: int) -> Constructor | None:
        registration = self._state.registrations.at(index)
        return None if registration is None else _constructor(index, registration)

    def pairs(self) -> Iterator[tuple[int, Constructor]]:
        registrations = tuple(self._state.registrations)
        return ((index, _constructor(index, each)) for index, each in enumerate(registrations))

    def __len__(self) -> int:
        return len(self._state.registrations)

    def __repr__(self) -> str:
        return f"<constructors of table {self._state.name!r}: {len(self)}>"


def _constructor(index: int, registration: Registration) -> Constructor:
    origin = registration.origin
    if registration.kind == GraphCreated.kind:
        return GraphConstructor(index, origin)  # type: ignore[arg-type]  # the kind says which
    hold: Literal["weak", "frame"] = "frame" if type(registration) is HeldByFrames else "weak"
    return SourceConstructor(index, origin, hold)  # type: ignore[arg-type]  # likewise
