"""In a new thread that has bound nothing, every lookup is a lookup's error, of another type than
that of an index that was never bound; it names what gives a binding there: a store, a frame, a
snapshot or a handle.

Why:
    Code that a graph hands to another thread has no binding there. To guess one would be to find
    another call's objects, and an error that only says 'unknown index' sends people to look for it
    in the wrong place.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> with ThreadPoolExecutor() as executor:
    ...     error = executor.submit(table.get, 0).exception()
    >>> isinstance(error, LookupError), "snapshot" in str(error)
    (True, True)

Causes:
    * Where nothing is bound, what was bound last, or first, is taken.
    * Nothing bound and nothing bound to this index are one error.
"""

from collections.abc import Mapping
from traceback import format_exception_only
from typing import Final

from sidetable_conformance.bench import FACT, NOT_FOUND, Bench
from sidetable_conformance.elsewhere import Seen, elsewhere
from sidetable_conformance.objects import describe, things
from sidetable_conformance.registering import Origin, register_all
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import TABLE_NAME, Reference
from sidetable_conformance.tables.isolated import IsolatedTable
from sidetable_source import IndexNotRegisteredError

rule: Rule = Rule(
    "isolation.no-binding-is-error",
    ISOLATION,
    capabilities=("threads",),
    needs=("lookup.unregistered-is-error",),
)

PLACES: Final = (0, 1, 4, 1_000, -1)
_WAYS_THERE: Final = {"frames": "frame", "snapshots": "snapshot", "handles": "handle"}
"""What a thread can get a binding by, beside a store, and the capability that it takes."""


@rule.check(NOT_FOUND, FACT)
def no_binding_is_error(bench: Bench) -> None:
    """Whatever others have registered and stored; the error is not that of an unknown index."""
    names = [bench.target.shape.store, *(_WAYS_THERE[it] for it in _WAYS_THERE if bench.has(it))]
    for registered, stored in ((0, 0), (0, 3), (2, None), (2, 3)):
        table, kept = bench.fresh(), things(3)
        register_all(table, Origin.USER_OBJECT, kept[:registered])
        if stored is not None:
            table.store(*kept[:stored])
        when = f"in a new thread, after {registered} registrations and a store of {stored} here"
        seen = elsewhere(lambda: Seen(table.get, PLACES))  # noqa: B023  # called at once
        table.store(*kept[:1])
        looks = ((seen, PLACES), (Seen(table.get, (4,)), (4,)))
        *unbound, never = [
            bench.lookup_error(finder, index, when) for finder, places in looks for index in places
        ]
        for index, error in zip(PLACES, unbound, strict=True):
            same = issubclass(error.kind, never.kind) or issubclass(never.kind, error.kind)
            other = f"another error than that of an index that was never bound: {never.text}"
            bench.require(not same, when, other, error.text)
            named = any(name in _text_of(seen, index) for name in names)
            bench.require(named, when, f"an error that names {' or '.join(names)}", error.text)


def _text_of(seen: Seen, index: int) -> str:
    """Returns what the error at an index says, however long it is."""
    try:
        return describe(seen.get(index))
    except Exception as error:  # noqa: BLE001  # whichever a lookup's error is
        return "".join(format_exception_only(error)).lower()


# Faulty tables, which the check has to notice.


@rule.fault
class UnboundFindsTheLast(IsolatedTable):
    """A context that has bound nothing finds what was bound last."""

    def _begin(self) -> None:
        self._last: Mapping[int, Reference] = {}

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        if self._open_entry() is None:
            self._last = references

    def _not_bound(self, index: int) -> object:
        if index in self._last:
            return self._dereference(self._last[index])
        return super()._not_bound(index)


@rule.fault
class UnboundIsUnknown(IsolatedTable):
    """A context that has bound nothing gets the error of an index that was never bound."""

    def _not_bound(self, index: int) -> object:
        raise IndexNotRegisteredError(index, TABLE_NAME)


class _UnboundError(LookupError):
    pass


@rule.fault
class UnboundSaysNothing(IsolatedTable):
    """A context that has bound nothing gets an error of its own that says no more."""

    def _not_bound(self, index: int) -> object:
        raise _UnboundError
