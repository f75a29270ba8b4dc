"""The table that the mutants of profile isolation are children of, and that is right itself."""

from __future__ import annotations

import inspect
import operator
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from itertools import count
from types import MappingProxyType
from typing import ClassVar, Final, Literal

from sidetable_source import IndexNotRegisteredError, NoBindingError, Source, WrongTableError

from ._contexts import Binding, Box, Entry, Place, Reference, is_here, open_below, references_of
from ._fetching import Fetching
from ._frames import HANDLES, Frame, Snapshot, close, refuse
from ._parent import OWN, TABLE_NAME, USER_OBJECT, Constructor, CorrectTable, Edition, Kind

Hold = Literal["weak", "frame"]


class IsolatedTable(CorrectTable):
    """A correct table whose bindings belong to contexts, with frames, snapshots and handles.

    It keeps every rule of the profiles core and isolation. A context refers to objects weakly;
    frames, snapshots and the table own them. Binding costs as much as there are indices.

    Args:
        edition: The edition whose rules it keeps, where the editions differ.

    Example:
        >>> table, pool = IsolatedTable("2026.11"), {"a connection"}
        >>> with table.frame(pool) as frame:
        ...     table.get(0) is pool, table.resolve(frame.handle, 0) is pool
        (True, True)
    """

    DEAD: ClassVar[object] = object()
    profiles: ClassVar[str] = "core,isolation"
    editions: ClassVar[tuple[Edition, ...]] = (OWN,)
    capabilities: ClassVar[frozenset[str]] = frozenset(
        {
            "entries",
            "frames",
            "greenlets",
            "handles",
            "hold",
            "set",
            "snapshots",
            "tables",
            "tasks",
            "threads",
        }
    )

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._place: Final = Place()
        self._indices = count()
        self._hold: dict[int, Hold] = {}
        self._owned: weakref.WeakKeyDictionary[Binding, dict[int, object]] = (
            weakref.WeakKeyDictionary()
        )

    # What a user calls.

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        """Every index's constructor, in index order."""
        return MappingProxyType(dict(sorted(self._constructors.items())))

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        """Gives `value` the next index; where a frame holds it, only its source is recorded."""
        if hold == "weak":
            return super().register_user_object(value, source)
        index = self._record(USER_OBJECT, value, lambda index, codegen: codegen(source))
        self._hold[index] = hold
        return index

    def get(self, index: int) -> object:
        """Returns the object that an index means in this context, or raises that there is none."""
        return self._find(self._place.binding, operator.index(index))

    def set(self, index: int, value: object) -> None:
        """Binds one index to another object, which goes with the binding or with its frame."""
        binding, index = self._place.binding, operator.index(index)
        bound = references_of(binding)
        if index not in bound and index not in self._constructors:
            raise IndexNotRegisteredError(index, TABLE_NAME)
        owner: object = value
        reference: Reference
        if self._hold.get(index) == "frame":
            owner = box = Box(value)
            reference = weakref.ref(box)
        else:
            reference = self._refer(value)
        self._publish_set(binding, index, reference, owner)

    def reset(self) -> None:
        """Ends all registrations, and this context's binding unless a frame is open in it."""
        self._indices = count()
        self._constructors.clear()
        self._hold.clear()
        self._keep_alive.clear()
        if self._open_entry() is None:
            self._place.publish(None)

    def frame(self, *objects: object) -> Frame:
        """Returns a context manager that binds these objects, and puts back what it found."""
        return Frame(self, objects)

    def snapshot(self) -> Snapshot:
        """Returns what is bound now, to be entered again."""
        return Snapshot(self)

    def resolve(self, handle: int, index: int) -> object:
        """Returns what an index means in the frame that a handle names."""
        entry = HANDLES.entry_of(handle)
        if entry.owner != self._place.number:
            raise WrongTableError(handle, TABLE_NAME, "another table")
        return self._find(entry.binding, operator.index(index))

    def entry(
        self,
        graph: Callable[..., object],
        *,
        like: Callable[..., object],
        inputs: Sequence[Source] | None = None,
    ) -> Callable[..., object]:
        """Returns a function that fetches every object, binds them in a frame, and runs a graph."""
        constructors = tuple(self.constructors.values())
        signature = inspect.signature(like)

        def fetch(*arguments: object, **named: object) -> tuple[Frame, list[object] | None]:
            bound = signature.bind(*arguments, **named)
            bound.apply_defaults()
            objects = [self._fetch(like, bound.arguments, each) for each in constructors]
            passed = None
            if inputs is not None:
                passed = [self._fetch(like, bound.arguments, each.reconstruct) for each in inputs]
            return self.frame(*objects), passed

        if inspect.iscoroutinefunction(like):

            @wraps(like)
            async def later(*arguments: object, **named: object) -> object:
                frame, passed = fetch(*arguments, **named)
                with frame:
                    if passed is None:
                        return await graph(*arguments, **named)  # type: ignore[misc]
                    return await graph(*passed)  # type: ignore[misc]

            return later

        @wraps(like)
        def run(*arguments: object, **named: object) -> object:
            frame, passed = fetch(*arguments, **named)
            with frame:
                return graph(*arguments, **named) if passed is None else graph(*passed)

        return run

    # The steps of a registration, a store and a lookup.

    def _take_index(self, kind: Kind) -> int:
        return next(self._indices)

    def _bind_registered(self, index: int, reference: Reference) -> None:
        binding = self._place.binding
        bound = references_of(binding)
        self._publish({**bound, index: reference}, binding)

    def _bind(self, references: Mapping[int, Reference]) -> None:
        entry = self._open_entry()
        if entry is not None:
            entry.values.clear()
        self._place.publish(Binding(references, entry))

    def _publish(self, references: Mapping[int, Reference], over: Binding | None) -> Binding:
        changed = Binding(references, self._open_entry())
        if over is not None and over in self._owned:
            self._owned[changed] = dict(self._owned[over])
        self._place.publish(changed)
        return changed

    def _publish_set(
        self, over: Binding | None, index: int, reference: Reference, owner: object
    ) -> None:
        bound = references_of(over)
        changed = self._publish({**bound, index: reference}, over)
        if self.edition == "dynamo-2.13":
            self._keep_alive.append(owner)
        elif changed.entry is not None:
            changed.entry.values[index] = owner
        else:
            self._owned.setdefault(changed, {})[index] = owner

    def _find(self, binding: Binding | None, index: int) -> object:
        if binding is None:
            return self._not_bound(index)
        reference = binding.references.get(index)
        if reference is None:
            return self._never_bound(index)
        value = self._dereference(reference)
        return self._died(index) if value is self.DEAD else value

    def _not_bound(self, index: int) -> object:
        raise NoBindingError(TABLE_NAME, index)

    def _dereference(self, reference: Reference) -> object:
        value = reference()
        if type(value) is Box:
            return value.value
        return self.DEAD if value is None else value

    # The steps of a frame.

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        entry = Entry(self._place.number, self._place.binding)
        entry.token = self._place.publish(Binding(references, entry))
        return entry

    def _leave(self, entry: Entry, error: BaseException | None) -> None:
        if not entry.is_open:
            refuse("left twice")
        innermost = open_below(self._place.binding)
        close(entry)
        if innermost is None or innermost.entry is not entry or not is_here(entry):
            refuse("left out of order")
        self._place.publish(open_below(entry.found))

    def _open_entry(self) -> Entry | None:
        binding = self._place.binding
        entry = None if binding is None else binding.entry
        return entry if entry is not None and entry.is_open else None

    def _fetch(
        self,
        like: Callable[..., object],
        names: Mapping[str, object],
        write: Callable[[Fetching], object],
    ) -> object:
        fetching = Fetching(like, names)
        write(fetching)
        return fetching.finish()
