"""A finalizer or a weak reference callback that uses the table while any operation is running
neither deadlocks nor tears anything apart: one that looks up, registers, or enters and leaves a
frame has its whole effect, and what it interrupted completes as if it had not run; one that leaves
a binding changed wins or loses as a whole.

Why:
    The collector comes whenever it likes, and what it finalizes may use the table. A lock that the
    thread has taken already stops the program for good; a table that is half written finds one
    binding's object beside another's.

Example:
    >>> table, mine = SideTable(), Pool()
    >>> finalizer = weakref.finalize(mine, table.register_user_object, third, source)
    >>> index = table.register_graph_created_object(mine, construct)
    >>> del mine
    >>> table.reset()
    >>> table.get(0) is third
    True

Causes:
    * A lock is held while objects are released, or anywhere that a finalizer can come.
    * What was read before is written back after somebody else has changed it.
    * A container is emptied in place, with what a finalizer has just put into it.
"""

import threading
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import Context
from dataclasses import replace
from itertools import count, product
from typing import Final, NamedTuple, TypeAlias

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.elsewhere import BOUND
from sidetable_conformance.errors import CouldNotRun, NotTestable
from sidetable_conformance.objects import Smallest, Thing, describe, describe_error
from sidetable_conformance.own_code import Alone, Moments, OwnCode, WaitsForItself, nobody_waits
from sidetable_conformance.registering import Sight, sight
from sidetable_conformance.rule import ROBUST, Rule
from sidetable_conformance.tables.core import ConstructFn, Reference, Registering
from sidetable_conformance.tables.isolated import Entry, references_of
from sidetable_conformance.tables.robust import RobustTable, Step, Whole
from sidetable_source import Codegen, LocalSource

rule: Rule = Rule(
    "robust.finalizer-reentrancy",
    ROBUST,
    needs=("lookup.trace-time", "store.position-is-index", "reset.forgets-everything"),
)

_Operation: TypeAlias = Callable[[Driver, Thing], object]
"""Does something with an object; returns what a caller can see of that, if anything."""


def _construct(index: int, codegen: Codegen) -> None:
    codegen(LocalSource(f"made_{index}"))


def _in_frame(table: Driver, value: Thing) -> object:
    with table.frame(value):
        return describe(table.get(0))


def _outcome(operation: Callable[[], object]) -> object:
    try:
        return operation()
    except Exception as error:  # noqa: BLE001  # the same one in every order
        return type(error).__name__  # its words may say what the table knows at the moment


_REGISTER: Final = "a registration"
_FRAME: Final = "a frame"
_REBIND: Final = ("a store", "a reset")
"""Those that leave a binding changed."""

_OPERATIONS: Final[dict[str, tuple[str, _Operation]]] = {
    _REGISTER: ("", lambda table, it: table.register_user_object(it, LocalSource(it.label))),
    "a registration of a graph-created object": (
        "",
        lambda table, it: table.register_graph_created_object(it, _construct),
    ),
    "a store": ("", lambda table, it: table.store(it, it, it)),
    "a reset": ("", lambda table, _: table.reset()),
    "a set": ("set", lambda table, it: _outcome(lambda: table.set(0, it))),
    _FRAME: ("frames", _in_frame),
}
"""What something can come in the middle of, with the power that it needs."""

_ACTIONS: Final[dict[str, tuple[str, _Operation]]] = {
    "a lookup": ("", lambda table, _: _outcome(lambda: describe(table.get(0)))),
    **{name: _OPERATIONS[name] for name in (_REGISTER, _FRAME, *_REBIND)},
}
"""What a finalizer may do, in the same way."""


class _Came(NamedTuple):
    """What two operations came to: what each returned, and what the table looks like then."""

    returned: object
    other: object
    sight: Sight

    def facts(self) -> dict[str, object]:
        """Returns each thing that they came to, by what it is called."""
        returned = {"the one returning": self.returned, "the other returning": self.other}
        return {**returned, **self.sight.facts()}


class _Case(NamedTuple):
    """Something that came in the middle of something else.

    What came of it is None where one of the two waits for itself, or the text of an exception.
    """

    when: str
    other: str
    right: list[_Came]
    came: _Came | str | None


@rule.check(FACT)
def finalizer_reentrancy(bench: Bench) -> None:
    """Real finalizers of what a table lets go, and one operation at every moment of another."""
    code = OwnCode(*bench.target.things)
    moments = Moments(code)
    with nobody_waits(code) as alone:
        for when, other, right, came in _cases(bench, moments, alone):
            bench.require(came, when, "both end", "they wait for each other")
            if alone.late:
                bench.abandon()
                raise CouldNotRun("a thread that the table has started", BOUND)
            bench.require(isinstance(came, _Came), when, "no exception", f"{came}")
            allowed = right
            if other in _REBIND and isinstance(came, _Came):
                # One whole binding wins, and of the rest nothing is asked.
                allowed = [
                    came._replace(sight=replace(came.sight, found=it.sight.found)) for it in right
                ]
            expected, seen = _differing(came, allowed)
            bench.require(came in allowed, when, expected, seen)
    if not moments.came:
        raise NotTestable("none of its own code is Python's, so nothing can come in the middle")


def _cases(bench: Bench, moments: Moments, alone: Alone) -> Iterator[_Case]:
    for death, drop, other in product(_DEATHS, _those(bench, _DROPS), _those(bench, _ACTIONS)):
        yield _dies(bench, alone, death, drop, other)
    for name, other in product(_those(bench, _OPERATIONS), _those(bench, _ACTIONS)):
        right = _in_turn(bench, name, other)
        for when, came in _meanwhile(bench, moments, alone, name, other):
            yield _Case(when, other, right, came)


def _differing(came: object, allowed: list[_Came]) -> tuple[str, str]:
    """Returns how the nearest that is allowed and what came differ, the one and the other."""
    seen = came.facts() if isinstance(came, _Came) else {}
    nearest = min((each.facts() for each in allowed), key=lambda it: len(it.items() ^ seen.items()))
    names = [name for name in {**nearest, **seen} if nearest.get(name) != seen.get(name)]
    return _in_words(nearest, names), _in_words(seen, names)


def _in_words(facts: dict[str, object], names: list[str]) -> str:
    return "; ".join(f"{name} {facts.get(name, 'nothing, as there is none')}" for name in names)


def _those(bench: Bench, named: Mapping[str, tuple[str, object]]) -> list[str]:
    return [name for name, (power, _) in named.items() if not power or bench.has(power)]


def _in_turn(bench: Bench, name: str, other: str) -> list[_Came]:
    """Returns what both may come to: what they do one after the other, or where one binding wins.

    What comes in the middle of a frame may also come while the frame is open.
    """
    orders = ["the one, the other", "the other, the one"]
    orders += ["inside"] if name == _FRAME else []
    orders += ["the one", "the other"] if other in _REBIND else []
    return [Context().run(_ordered, bench, name, other, order) for order in orders]


def _ordered(bench: Bench, name: str, other: str, order: str) -> _Came:
    table, kept = _started(bench)
    returned: dict[str, object] = {}
    steps = {"the one": (_OPERATIONS[name][1], "new"), "the other": (_ACTIONS[other][1], "other")}
    if order == "inside":
        with table.frame(new := Thing("new")):
            returned["the one"] = describe(new)
            returned["the other"] = _ACTIONS[other][1](table, Thing("other"))
    else:
        for each in order.split(", "):
            operation, label = steps[each]
            kept.append(Thing(label))
            returned[each] = operation(table, kept[-1])
    return _Came(returned.get("the one"), returned.get("the other"), sight(bench, table))


def _started(bench: Bench) -> tuple[Driver, list[Thing]]:
    table, kept = bench.fresh(), [Thing("first"), Thing("second")]
    table.register_user_object(kept[0], LocalSource("first"))
    table.register_graph_created_object(kept[1], _construct)
    table.store(*reversed(kept))
    return table, kept


# --- one at every moment of the other -------------------------------------------------------------


def _meanwhile(
    bench: Bench, moments: Moments, alone: Alone, name: str, other: str
) -> Iterator[tuple[str, _Came | None]]:
    """Yields what came of both at each moment; None where one of them waits for itself."""
    for moment in count(step=bench.budget.stride):
        try:
            came = Context().run(_at, bench, moments, name, other, moment)
        except WaitsForItself:
            came = None
        else:
            if came is None:
                return
        if alone.waited:
            bench.abandon()
            came = None
        yield f"{other} in the middle of {name}, at {moments.place}", came


def _at(bench: Bench, moments: Moments, name: str, other: str, moment: int) -> _Came | None:
    (table, _kept), new, value = _started(bench), Thing("new"), Thing("other")
    returned: dict[str, object] = {}

    def operation() -> None:  # pragma: no cover  # traced by `Moments`, and so not by coverage
        returned["the one"] = _OPERATIONS[name][1](table, new)

    def action() -> None:  # pragma: no cover  # called while it is traced
        returned["the other"] = _ACTIONS[other][1](table, value)

    if not moments.at(moment, operation, action):
        return None
    return _Came(returned.get("the one"), returned.get("the other"), sight(bench, table))


# --- real finalizers ------------------------------------------------------------------------------


def _leaves(table: Driver, mortal: object) -> Callable[[], object]:
    frame = table.frame(mortal)
    frame.__enter__()
    return frame.leave


def _resets(table: Driver, mortal: object) -> Callable[[], object]:
    table.register_graph_created_object(mortal, _construct)
    return table.reset


def _sets(table: Driver, mortal: object) -> Callable[[], object]:
    table.set(0, mortal)
    return lambda: table.store(Thing("nobody's"))


_DROPS: Final[dict[str, tuple[str, Callable[[Driver, object], Callable[[], object]]]]] = {
    "a reset": ("", _resets),
    "a set": ("set", _sets),
    "a frame": ("frames", _leaves),
}
"""How a table comes to hold an object, with the power that it needs: each gives what drops it."""


class _Finalized:
    def __init__(self, dies: Callable[[], object]) -> None:
        self._dies: Final = dies

    def __del__(self) -> None:
        self._dies()


_DEATHS: Final = ("a finalizer", "a weak reference callback")


def _dies(bench: Bench, alone: Alone, death: str, drop: str, other: str) -> _Case:
    waited, errors = alone.waited, [""]
    came, *right = (
        _Came(None, None, Context().run(_dropped, bench, death, drop, other, order, errors))
        for order in ("meanwhile", "before", "after", *(["never"] if other in _REBIND else []))
    )
    when = f"{other} in {death} of an object that {drop} lets go"
    return _Case(when, other, right, None if alone.waited > waited else errors[-1] or came)


def _dropped(  # each says one thing
    bench: Bench, death: str, drop: str, other: str, order: str, errors: list[str]
) -> Sight:
    (table, _kept), value = _started(bench), Thing("other")

    def dies() -> None:
        if order == "meanwhile":
            try:
                _ACTIONS[other][1](table, value)
            except BaseException as error:  # noqa: BLE001  # Python would only print it
                errors.append(describe_error(error))

    mortal: object = _Finalized(dies) if death == _DEATHS[0] else Smallest()
    watching = weakref.ref(mortal, None if death == _DEATHS[0] else lambda _: dies())
    let_go = _DROPS[drop][1](table, mortal)
    del mortal
    if order == "before":
        _ACTIONS[other][1](table, value)
    let_go()
    if watching() is not None:
        bench.collect()
    if order == "after":
        _ACTIONS[other][1](table, value)
    return sight(bench, table)


# Faulty tables, which the check has to notice.


class _Guarded(RobustTable):
    """Does something around every operation that changes the table."""

    def _begin(self) -> None:
        self._lock = threading.Lock()

    def reset(self) -> None:
        with self._guard():
            super().reset()

    def _bind(self, references: Mapping[int, Reference]) -> None:
        with self._guard():
            super()._bind(references)

    def _add(
        self, kind: Registering, value: object, construct_fn: ConstructFn, found: Reference | None
    ) -> int:
        with self._guard():
            return super()._add(kind, value, construct_fn, found)

    def _guard(self) -> AbstractContextManager[object]:
        return self._lock


@rule.fault
class LetsGoInsideItsLock(_Guarded):
    """Every change is made under a lock, and so is letting go what it has replaced."""


@rule.fault
class RefusesToBeReentered(_Guarded):
    """A change in the middle of another one is an error."""

    @contextmanager
    def _guard(self) -> Generator[None, None, None]:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("the table is busy")
        try:
            yield
        finally:
            self._lock.release()


@rule.fault
class StoresOneByOne(RobustTable):
    """A store binds its objects one after the other, and goes on over what came in between."""

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind({})
        for index, reference in references.items():
            super()._bind({**references_of(self._place.binding), index: reference})


@rule.fault
class LocksWhatItWrites(RobustTable):
    """The one step of a change is taken under a lock."""

    def _begin(self) -> None:
        self._lock = threading.Lock()

    def _swap(self, old: Whole, new: Whole, *more: Step, entry: Entry | None = None) -> bool:
        with self._lock:
            return super()._swap(old, new, *more, entry=entry)


@rule.fault
class DoesNotLookAgain(RobustTable):
    """What was computed from an earlier state is published over whatever there is."""

    def _swap(self, old: Whole, new: Whole, *more: Step, entry: Entry | None = None) -> bool:
        return super()._swap(self._whole(), new, *more, entry=entry)
