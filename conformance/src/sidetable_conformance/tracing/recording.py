"""Watches what a check does with its tables, and writes it down as steps."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Final, final

from sidetable_conformance.bench.registering import Origin
from sidetable_conformance.targets.driver import Driver
from sidetable_conformance.targets.table import ConstructFn, Constructor
from sidetable_conformance.targets.target import Target
from sidetable_source import Codegen, Source

from .making import OWNER, Made
from .recognising import content_of, kind_of
from .steps import (
    Construct,
    Drop,
    Enumerate,
    Get,
    Keep,
    Presence,
    Register,
    Reset,
    RunKept,
    Set,
    Step,
    Store,
)


class Enough(BaseException):
    """Ends a check whose remaining steps are not asked for; no check catches it."""


@final
class Record:
    """What was done to the table that a target gave last.

    Args:
        target: What gives the tables.
        tables: How many tables to give before the check is ended.
        calls: How often the last of them may be called before the check is ended.

    Attributes:
        tables: How many tables were given.
        calls: How often the last one was called.
        steps: What was done to it, deaths among it, once it is stopped.
        objects: The objects that were seen by then.
    """

    def __init__(self, target: Target, tables: int = 0, calls: int = 0) -> None:
        self._target: Final = target
        self._until = (tables, calls)
        self._log = _Log()
        self.tables: int = 0
        self.calls: int = 0
        self.steps: tuple[Step, ...] = ()
        self.objects: tuple[Made, ...] = ()

    def stop(self) -> None:
        """Writes down nothing more: what dies now dies because the check has ended."""
        self.steps = tuple(self._log.steps)
        self.objects = tuple(self._log.objects)
        self._until = (-1, -1)

    def fresh(self) -> RecordedTable:
        """Returns a table with `SideTable`'s names that writes down what is done to it."""
        if self.tables and self.tables == self._until[0]:
            raise Enough
        self.tables += 1
        self.calls = 0
        self._log = _Log()
        return RecordedTable(self._target.fresh(), self._log, self.count)

    def count(self) -> None:
        """Counts a call, or ends the check."""
        if (self.tables, self.calls) == self._until:
            raise Enough
        self.calls += 1


@final
class _Log:
    def __init__(self) -> None:
        self.steps: Final[list[Step]] = []
        self.objects: Final[list[Made]] = []
        self._numbers: Final[dict[int, int]] = {}
        self._watches: Final[dict[int, weakref.ref[object]]] = {}

    def number(self, value: object) -> int:
        """Returns the number of an object, a new one if it was not seen before."""
        known = self._numbers.get(id(value))
        if known is not None and known in self._watches and self._watches[known]() is value:
            return known
        made = Made(kind_of(value), self._content_of(value))
        number = len(self.objects)
        self.objects.append(made)
        if made.text.referenceable:
            self._numbers[id(value)] = number
            dies = partial(_died, self.steps, number)
            self._watches[number] = weakref.ref(value, dies)
        return number

    def _content_of(self, value: object) -> int | None:
        if isinstance(value, MethodType):
            number = self.number(value.__self__)
            self.objects[number] = Made(OWNER)
            return number
        content = content_of(value)
        return None if content is None else self.number(content)


def _died(steps: list[Step], number: int, _: weakref.ref[object]) -> None:
    steps.append(Drop(number))


@final
class RecordedTable:
    """A table with `SideTable`'s names that writes down every call, and passes it on.

    Args:
        table: What the calls are passed to.
        log: Where they are written down.
        count: Called before each.
    """

    def __init__(self, table: Driver, log: _Log, count: Callable[[], None]) -> None:
        self._table: Final = table
        self._log: Final = log
        self._count: Final = count
        self._enumerations = 0

    def _note(self, step: Step) -> None:
        self._count()
        self._log.steps.append(step)

    @property
    def constructors(self) -> _Pairs:
        """The target's own in its own order, each of which writes down that it was run."""
        self._note(Enumerate())
        self._enumerations += 1
        place = len(self._log.steps), self._enumerations
        pairs = self._table.constructors()
        return _Pairs(tuple((n, partial(self._run, place, n, run)) for n, run in pairs))

    def _run(
        self, place: tuple[int, int], index: int, constructor: Constructor, codegen: Codegen
    ) -> None:
        position, enumeration = place
        self._count()
        if enumeration == self._enumerations:
            self._log.steps.append(Construct(index))
        else:
            kept = Keep(index)
            if kept not in self._log.steps:
                self._log.steps.insert(position, kept)
            self._log.steps.append(RunKept(index))
        self._table.write(constructor, codegen)

    def register_user_object(self, value: object, source: Source) -> int:
        """Registers, and passes the index on."""
        self._note(Register(Origin.USER_OBJECT, self._log.number(value)))
        return self._table.register_user_object(value, source)

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        """Registers, and passes the index on."""
        self._note(Register(Origin.GRAPH_CREATED, self._log.number(value)))
        return self._table.register_graph_created_object(value, construct_fn)

    def has_user_objects(self) -> object:
        """Passes on what the target says."""
        self._note(Presence())
        return self._table.has_user_objects()

    def store(self, *objects: object) -> object:
        """Stores, and passes on what the target returned."""
        self._note(Store(tuple(map(self._log.number, objects))))
        return self._table.store(*objects)

    def get(self, index: int) -> object:
        """Passes on what was found."""
        self._note(Get(index))
        return self._table.get(index)

    def set(self, index: int, value: object) -> None:
        """Sets."""
        self._note(Set(index, self._log.number(value)))
        self._table.set(index, value)

    def reset(self) -> None:
        """Resets."""
        self._note(Reset())
        self._table.reset()


@final
class _Pairs:
    """Indices with constructors as a target gave them, also where two have one index."""

    def __init__(self, pairs: tuple[tuple[int, Constructor], ...]) -> None:
        self._pairs: Final = pairs

    def items(self) -> tuple[tuple[int, Constructor], ...]:
        """Returns them in order."""
        return self._pairs
