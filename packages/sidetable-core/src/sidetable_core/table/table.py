"""`SideTable`: what a compiler, an entry function and a running graph see of a table."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final, SupportsIndex, final

from sidetable_core.binding.editions import EditionName, edition_named
from sidetable_core.binding.lookup import Lookup, lookup_in
from sidetable_core.binding.registrations import HeldByFrames
from sidetable_core.binding.state import TableState
from sidetable_core.binding.store import Store, store_in
from sidetable_core.entry.function import make_entry
from sidetable_core.frames.frame import Frame
from sidetable_core.frames.handles import resolve_in
from sidetable_core.frames.holding import hold_objects
from sidetable_core.frames.snapshot import Snapshot

from .arguments import check_name
from .constructors import Constructors
from .description import describe
from .registry import Registry
from .setting import set_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sidetable_core.entry.inputs import Input

    from .constructors import Constructor


@final
class SideTable(Registry):
    """A table from small integers, which a graph can carry, to objects, which it can not.

    A compiler registers the objects that it meets, puts the indices into its graph, and runs
    the constructors to generate the code that fetches the objects again. That code binds what
    it fetched (an entry function does all of this), and the graph looks the objects up.

    What an index means belongs to the current context (`contextvars`): a thread, an asyncio
    task or a greenlet never finds what another one bound. The table owns registrations; it
    holds user objects weakly and the example values of graph-created objects strongly, until
    `reset`. Everything is safe to call from several threads and from finalizers at once, and no
    lookup takes a lock.

    Args:
        name: What messages call the table.
        edition: Which edition of the rules to follow: `"2026.11"`, this project's own, or
            `"dynamo-2.13"`, which does what PyTorch 2.13 does after a failure.

    Raises:
        ValueError: If there is no such edition.
        TypeError: If the name is no string.

    Example:
        >>> from sidetable_core import SideTable
        >>> from sidetable_source import LocalSource
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

    __slots__ = ("__weakref__", "constructors", "get", "store")

    get: Final[Lookup]
    """Returns the very object that an index means in the current context.

    Takes constant time and one read of an immutable value. Keeps nothing alive.

    Args:
        index: The index; anything with `__index__`.

    Raises:
        IndexNotRegisteredError: If this context's binding does not have the index.
        NoBindingError: If this context has no binding, or none for an object that only frames
            and entry functions hold.
        ObjectNotAliveError: If the object died.
        TypeError: If the index is no integer.
    """

    store: Final[Store]
    """Replaces the whole binding of the current context: the n-th argument is found at n.

    All or nothing, in one step. Holds the objects weakly: the caller keeps them alive. Takes
    time and memory proportional to the number of objects. Registrations are not touched, and
    nothing has to be registered.

    Args:
        *objects: The objects, in index order.

    Raises:
        NotWeakReferenceableError: If an object can not be weakly referenced. The binding is as
            before (edition dynamo-2.13: empty).
    """

    constructors: Final[Mapping[int, Constructor]]
    """For each index, in order, what writes its object's code into a codegen.

    A live, read-only view, of which an iteration goes over what there was when it began. Calling
    `constructors[index](codegen)` writes the source that the user object was registered with, or
    calls the construct function with the index and the codegen, as often as wanted.
    """

    def __init__(self, name: str | None = None, *, edition: EditionName = "2026.11") -> None:
        self._state = TableState(check_name(name), edition_named(edition))
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
        return self._state.edition.name

    def set(self, index: SupportsIndex, value: object) -> None:
        """Makes one index mean another object in the current context; the others stay.

        All or nothing. Takes time and memory proportional to the size of the binding.

        Args:
            index: An index that is bound in this context, or registered.
            value: The object. Held until the binding is replaced or its frame ends (edition
                dynamo-2.13: until reset).

        Raises:
            IndexNotRegisteredError: If the index is neither bound nor registered.
            NotWeakReferenceableError: If the object can not be weakly referenced and its index
                is not registered with `hold="frame"`.
            TypeError: If the index is no integer.
        """
        set_at(self._state, operator.index(index), value)

    def entry(
        self,
        graph: Callable[..., object],
        *,
        like: Callable[..., object],
        inputs: Sequence[Input] | None = None,
    ) -> Callable[..., object]:
        """Returns a function that fetches every object, binds them, runs a graph, and restores.

        The function has the signature, name, docstring and annotations of `like`, closes over
        its cells and uses its globals. Each call runs the code of every constructor once, in
        index order, holds the objects in its locals, and puts back the binding that it found,
        also when the graph raises. Nested, recursive and concurrent calls each find their own
        objects. `inspect.getsource` shows its code.

        The constructors are run now, so what is registered later is not in it. Takes time
        proportional to the number of registrations now, and to the number of objects per call.

        Args:
            graph: What to run. Held strongly by the function.
            like: The function whose call is being captured; not a generator function. For a
                coroutine function, the entry function is one too, and awaits the graph.
            inputs: The sources of the graph's arguments, or None to pass on what the function
                itself was called with. `HANDLE` among them stands for the handle of the call's
                own frame.

        Raises:
            CodegenError: If `like` is no such function, a constructor does not write exactly
                one value, or a source names what `like` does not have.

        Example:
            >>> from sidetable_core import SideTable
            >>> from sidetable_source import LocalSource
            >>> class Pool: ...
            >>> def size(pool): ...
            >>> table = SideTable()
            >>> index = table.register_user_object(Pool(), LocalSource("pool"))
            >>> entry = table.entry(lambda pool: table.get(index), like=size)
            >>> pool = Pool()
            >>> entry(pool) is pool
            True
        """
        return make_entry(self._state, dict(self.constructors.items()), graph, like, inputs)

    def frame(self, *objects: object) -> Frame:
        """Returns a context manager that binds these objects, and puts back what it found.

        Args:
            *objects: The objects, in index order. The frame holds them from now until it ends.

        Raises:
            NotWeakReferenceableError: If an object can not be weakly referenced and its index
                is not registered with `hold="frame"`.
        """
        at = self._state.registrations.at
        held = [index for index in range(len(objects)) if isinstance(at(index), HeldByFrames)]
        holding = hold_objects(self._state, objects, held, "frame")
        return Frame(self._state, holding.owned, holding.references)

    def snapshot(self) -> Snapshot:
        """Returns what the indices mean in this context, to be entered again anywhere.

        For what runs later or elsewhere than the call that bound the objects: a backward pass,
        a callback, a worker thread. It holds the objects that are alive now until it is dropped.

        Raises:
            NoBindingError: If this context has no binding.
        """
        return Snapshot(self._state)

    def resolve(self, handle: SupportsIndex, index: SupportsIndex) -> object:
        """Returns the very object that an index means in a frame of this table.

        The same as the function `resolve`, but for frames of this table only.

        Args:
            handle: The frame's handle; see `Frame.handle`.
            index: The index; anything with `__index__`.

        Raises:
            WrongTableError: If the handle is that of another table's frame.
            StaleHandleError: If the frame has ended.
            UnknownHandleError: If no frame was ever given this handle.
            IndexNotRegisteredError: If the frame does not bind the index.
            NoBindingError: If the frame does not bind the index, and it is registered.
            ObjectNotAliveError: If the object died.
            TypeError: If the handle or the index is no integer.
        """
        return resolve_in(self._state, handle, index)

    def describe(self) -> str:
        """Returns what each index is, as text for people: a line each.

        A line has the index, the source or construct function, the type of the object that was
        registered, whether it is alive, what the index means in this context, and the line of
        code that registered it. Runs no code of the objects'.
        """
        return describe(self._state)

    def __repr__(self) -> str:
        state = self._state
        count = len(state.registrations)
        return f"<SideTable {state.name!r}, edition {state.edition.name}: {count} registered>"
