"""The handle of an open frame is an int from 0 to below 2**63, and finds the objects of that frame
and no others, in its own thread and in one that has bound nothing, also while inner frames are open
and after they have ended.

Why:
    Threads of other languages, callbacks and custom operators share no context with the call that
    they work for. A number they can be given, if it fits into 64 bits with a sign.

Example:
    >>> table = SideTable()
    >>> with table.frame(pool) as frame, ThreadPoolExecutor(1) as threads:
    ...     threads.submit(table.resolve, frame.handle, 0).result() is pool
    True

Causes:
    * A handle is looked for in the context of whoever resolves it.
    * A handle names the innermost frame.
    * A handle is an address, a text, or longer than 63 bits.
"""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from functools import partial
from itertools import product
from typing import Any, Final
from weakref import WeakKeyDictionary

from sidetable_conformance.bench import FACT, FOUND, NOT_FOUND, Bench
from sidetable_conformance.driver import call
from sidetable_conformance.elsewhere import Seen, elsewhere
from sidetable_conformance.objects import describe, things
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Edition, Reference
from sidetable_conformance.tables.isolated import HANDLES, Binding, Entry, IsolatedTable

from .stale import Naming
from .unknown import LIMIT

rule: Rule = Rule(
    "handle.resolves-anywhere",
    ISOLATION,
    capabilities=("handles", "frames"),
    needs=("frame.nested",),
)

PLACES: Final = range(4)


@rule.check(FOUND, NOT_FOUND, FACT)
def resolves_anywhere(bench: Bench) -> None:
    """Of each of several open frames, here and elsewhere, also when inner ones ended or stored."""
    table = bench.fresh()
    objects = [things(count, f"frame {number}, ") for number, count in enumerate((2, 3, 1, 1))]
    frames = [table.frame(*each) for each in objects]
    handles: list[int] = []
    for frame in frames:
        frame.__enter__()
        handle = frame.handle
        right = type(handle) is int and 0 <= handle < LIMIT
        bench.require(right, "the handle of a frame", "an int below 2**63", describe(handle))
        handles.append(handle)
    table.store(*things(2, "stored first in frame 3, "))
    objects[-1] = things(2, "stored in frame 3, ")
    table.store(*objects[-1])
    elsewhere_stored = things(2, "stored in a copy, ")
    if bench.has("tasks"):
        copy_context().run(table.store, *elsewhere_stored)
    looks: list[tuple[int, str, Seen]] = []
    for is_open in (4, 3, 2, 1):
        for number, where in product(range(is_open), _WHERE):
            look = partial(Seen, partial(table.resolve, handles[number]), PLACES)
            when = f"by the handle of frame {number} of {is_open}, {where}"
            looks.append((number, when, _WHERE[where](look)))
        frames[is_open - 1].leave()
    for number, when, seen in looks:
        bench.still_finds(seen, dict(enumerate(objects[number])), PLACES, when)
    del elsewhere_stored


_WHERE: Final[dict[str, Callable[[Callable[[], Seen]], Seen]]] = {
    "in its own thread": call,
    "in a thread that has bound nothing": elsewhere,
}


# Faulty tables, which the check has to notice.


@rule.fault
class HandleIsAText(Naming):
    """A handle is a text, which says the number."""

    def _named(self, handle: int) -> object:
        return str(handle)

    def _handle(self, named: Any) -> int:
        return int(named)


@rule.fault
class HandleIsLarge(Naming):
    """A handle takes up to 128 bits."""

    def _named(self, handle: int) -> object:
        return handle << 64

    def _handle(self, named: Any) -> int:
        return named >> 64 if named >= 1 << 64 else -1


@rule.fault
class HandleNeedsItsContext(IsolatedTable):
    """A handle is looked for in the frames that are open where it is resolved."""

    def resolve(self, handle: int, index: int) -> object:
        HANDLES.entry_of(handle)
        entry = self._open_entry()
        while entry is not None and entry.handle != handle:
            entry = None if entry.found is None else entry.found.entry
        return self._find(None if entry is None else entry.binding, index)


@rule.fault
class HandleOfTheInnermost(IsolatedTable):
    """A handle finds what is bound where it is resolved, if anything is."""

    def resolve(self, handle: int, index: int) -> object:
        found = super().resolve(handle, index)
        return found if self._place.binding is None else self.get(index)


@rule.fault
class HandleFindsWhatTheFrameBegan(IsolatedTable):
    """A handle finds what its frame was entered with, whatever was bound in it since."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._began: Final[WeakKeyDictionary[Entry, Binding | None]] = WeakKeyDictionary()

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        entry = super()._enter(references)
        self._began[entry] = entry.binding
        return entry

    def resolve(self, handle: int, index: int) -> object:
        entry = HANDLES.entry_of(handle)
        if entry.owner != self._place.number:
            return super().resolve(handle, index)
        return self._find(self._began[entry], index)


@rule.fault
class ResolveGoesOnBelow(IsolatedTable):
    """An index that a frame does not bind is looked for in the frame outside."""

    def resolve(self, handle: int, index: int) -> object:
        binding = HANDLES.entry_of(handle).binding
        if binding is not None and index not in binding.references and binding.entry is not None:
            binding = binding.entry.found
        return super().resolve(handle, index) if binding is None else self._find(binding, index)


@rule.fault
class HandleFindsWhatACopyBinds(IsolatedTable):
    """A store in a copy of a frame's context is found by the handle of the frame."""

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        binding = self._place.binding
        if binding is not None and binding.entry is not None:
            binding.entry.binding = binding
