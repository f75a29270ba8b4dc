"""What a table has to answer, for whoever knows what was done to it and who is alive.

The model is the rules of an edition as a program. Where they leave something open it follows what
the table did, or expects nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from sidetable_conformance.bench.registering import Origin
from sidetable_conformance.spec.requirement import DYNAMO

from .answers import Answer, Expected, What
from .making import Made
from .steps import (
    Apart,
    Construct,
    Drop,
    Enumerate,
    Get,
    Keep,
    Life,
    Presence,
    Register,
    Reset,
    RunKept,
    Set,
    Step,
    Store,
)

_ANYTHING: Final = Expected(What.ANYTHING)


class Meaningless(Exception):  # noqa: N818  # says that steps mean nothing, which is no error
    """The steps make no sense: they drop what is gone, or run what was never registered."""


@final
class Model:
    """One table, as the rules have it.

    Args:
        edition: Whose rules.
        objects: The objects of the trace; more may be appended while it goes on.

    Attributes:
        bound: The number of the object that each index means.
        registered: For each index that was given out, which registration of all it was.
    """

    def __init__(self, edition: str, objects: Sequence[Made]) -> None:
        self._dynamo: Final = edition == DYNAMO
        self._objects: Final = objects
        self._dropped: Final[set[int]] = set()
        self._kept: Final[set[int]] = set()
        self._was_set: Final[dict[int, int]] = {}
        self._may_live: Final[set[int]] = set()
        self._unsure: Final[set[int]] = set()
        self._ever_bound: Final[set[int]] = set()
        self._never: Final[set[int]] = set()
        self._constructors_kept: Final[set[int]] = set()
        self.bound: Final[dict[int, int]] = {}
        self.registered: Final[list[int]] = []
        self._registrations = 0
        self._holders: Final[list[int]] = []
        self._looked_at = 0

    def step(  # noqa: C901, PLR0911, PLR0912  # one for each step
        self, step: Step, answer: Answer
    ) -> Expected:
        """Takes a step, and returns what its answer has to be.

        Raises:
            Meaningless: If the step makes no sense after those before it.
        """
        match step:
            case Register():
                return self._register(step)
            case Store(values):
                return self._store(values)
            case Get(index):
                return self._get(index)
            case Apart(index):
                return self._apart(index)
            case Set(index, value):
                return self._set(index, value, answer)
            case Drop(value):
                return self._drop(value)
            case Life(value):
                return self._life(value)
            case Reset():
                return self._reset()
            case Presence():
                return Expected(What.PRESENCE, bool(self.registered))
            case Enumerate():
                return Expected(What.INDICES, tuple(range(len(self.registered))))
            case Construct(index) | Keep(index):
                return self._construct(index, kept=isinstance(step, Keep))
            case RunKept(index):
                if index not in self._constructors_kept:
                    raise Meaningless
                return Expected(What.WRITTEN, self.registered[index])
            case _:
                return Expected(What.NOT_CALLED)

    def tells_apart(self, index: int) -> bool:
        """Tells whether a lookup of this index has to give another error than its first one."""
        value = self.bound.get(index)
        is_dead = value is not None and self._get(index).what is What.LOOKUP_ERROR
        return is_dead and index in self._never

    def _register(self, step: Register) -> Expected:
        index, made = len(self.registered), self._objects[step.value]
        self._registrations += 1
        if made.text.referenceable or self._dynamo:
            self.registered.append(self._registrations - 1)
            if step.origin is Origin.GRAPH_CREATED:
                self._kept.add(step.value)
        if made.text.referenceable:
            self._bind(index, step.value)
            return Expected(What.INDEX, index)
        if self._dynamo and index in self.bound:
            self._unsure.add(index)
        if made.text.printable:
            return Expected(What.UNSUPPORTED, origin=step.origin)
        return Expected(What.REFUSED if self._dynamo else What.UNSUPPORTED)

    def _bind(self, index: int, value: int) -> None:
        self.bound[index] = value
        self._ever_bound.add(index)
        self._unsure.discard(index)
        if index in self._was_set:
            self._may_live.add(self._was_set.pop(index))

    def _store(self, values: tuple[int, ...]) -> Expected:
        failed = not all(self._objects[value].text.referenceable for value in values)
        if self._dynamo or not failed:
            self._unbind()
        if failed:
            return Expected(What.TYPE_ERROR)
        for index, value in enumerate(values):
            self._bind(index, value)
        return Expected(What.NONE)

    def _unbind(self) -> None:
        self.bound.clear()
        self._unsure.clear()
        self._was_set.clear()
        if not self._dynamo:
            self._may_live.clear()

    def _get(self, index: int) -> Expected:
        value = self.bound.get(index)
        if value is None:
            if index not in self._ever_bound:
                self._never.add(index)
            return Expected(What.LOOKUP_ERROR)
        if index in self._unsure or (value in self._may_live and not self._alive(value)):
            return _ANYTHING
        return Expected(What.OBJECT, value) if self._alive(value) else Expected(What.LOOKUP_ERROR)

    def _apart(self, index: int) -> Expected:
        if index not in self._never or index not in self.bound:
            raise Meaningless
        expected = self._get(index)
        return Expected(What.TOLD_APART) if expected.what is What.LOOKUP_ERROR else expected

    def _set(self, index: int, value: int, answer: Answer) -> Expected:
        known = index in self.bound or 0 <= index < len(self.registered)
        referenceable = self._objects[value].text.referenceable
        if not referenceable or not known:
            # Whether a value that was refused is kept is asked in one case only.
            self._may_live.update({value} if self._dynamo or not known else ())
        if not referenceable:
            return Expected(What.TYPE_ERROR) if known else _ANYTHING
        if not known and not self._dynamo:
            return Expected(What.LOOKUP_ERROR)
        if known or answer.error is None:
            self._bind(index, value)
            self._kept.update({value} if self._dynamo else ())
            self._was_set.update({} if self._dynamo else {index: value})
        return Expected(What.DONE if known else What.DONE_OR_LOOKUP_ERROR)

    def _drop(self, value: int) -> Expected:
        if value in self._dropped:
            raise Meaningless
        self._dropped.add(value)
        return _ANYTHING

    def _life(self, value: int) -> Expected:
        if not self._objects[value].text.referenceable:
            raise Meaningless
        alive = self._alive(value)
        if not alive and any(self._held_by(value, each) for each in self._may_live):
            return _ANYTHING
        return Expected(What.LIFE, alive)

    def _reset(self) -> Expected:
        self._unbind()
        for forgotten in (self._may_live, self._kept, self._ever_bound, self._never):
            forgotten.clear()
        self._constructors_kept.clear()
        self.registered.clear()
        return Expected(What.DONE)

    def _construct(self, index: int, *, kept: bool) -> Expected:
        if not 0 <= index < len(self.registered):
            raise Meaningless
        if kept:
            self._constructors_kept.add(index)
            return _ANYTHING
        return Expected(What.WRITTEN, self.registered[index])

    def gone(self) -> tuple[int, ...]:
        """Returns the objects that were dropped and that nothing may keep alive."""
        return tuple(value for value in sorted(self._dropped) if not self._alive(value))

    def _alive(self, value: int) -> bool:
        if value not in self._dropped or value in self._kept or value in self._was_set.values():
            return True
        for number in range(self._looked_at, len(self._objects)):
            if self._objects[number].content is not None:
                self._holders.append(number)
        self._looked_at = len(self._objects)
        return any(self._objects[n].content == value and self._alive(n) for n in self._holders)

    def _held_by(self, value: int, holder: int) -> bool:
        return holder == value or self._objects[holder].content == value
