"""The state machine: what may be done to a table next, whatever was done before."""

from __future__ import annotations

from typing import ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from sidetable_conformance.bench.collecting import leave_out_what_is_there
from sidetable_conformance.bench.registering import Origin
from sidetable_conformance.targets.target import Target
from sidetable_conformance.tracing.answers import violated
from sidetable_conformance.tracing.draft import Draft, Violation
from sidetable_conformance.tracing.execution import Execution
from sidetable_conformance.tracing.making import PLAIN, PLAIN_REFUSED, Made
from sidetable_conformance.tracing.model import Model
from sidetable_conformance.tracing.steps import (
    Apart,
    Called,
    Construct,
    Drop,
    Enumerate,
    Get,
    Life,
    Presence,
    Register,
    Reset,
    Set,
    Step,
    Store,
)

SLOTS: Final = 5
"""How many objects are at hand at a time; one that was dropped is replaced by a new one."""

STRANGE: Final = (
    "an object that is equal to everything",
    "an object that is false",
    "a set",
    "a function",
    "an object that has every attribute",
)
"""What the last of them is by turns; the others are plain."""

REFUSED: Final = (
    PLAIN_REFUSED,
    "a list around an object",
    "a value whose __repr__ raises",
    "a str",
    "None",
)
"""Those that can not be weakly referenced."""

_SLOTS: Final = st.integers(0, SLOTS - 1)
_ORIGINS: Final = st.sampled_from(Origin)
_REFUSED: Final = st.sampled_from(REFUSED)


class Diverged(Exception):  # noqa: N818  # a finding, not an error of the program
    """The table did not answer as it should.

    Attributes:
        draft: What was done.
        violation: How the last step does not answer as it should.
    """

    def __init__(self, draft: Draft, violation: Violation) -> None:
        super().__init__(draft, violation)
        self.draft = draft
        self.violation = violation


class Machine(RuleBasedStateMachine):
    """One table, beside the model of one.

    A child says which target and which edition.

    Attributes:
        target: Where fresh tables come from.
        edition: Whose rules are asked.
        found: Where every divergence is noted.
    """

    target: ClassVar[Target]
    edition: ClassVar[str]
    found: ClassVar[list[Diverged]]

    def __init__(self) -> None:
        super().__init__()
        leave_out_what_is_there()  # what Hypothesis keeps of the examples before this one
        self._objects: Final[list[Made]] = []
        self._slots: Final[dict[int, int]] = {}
        self._steps: Final[list[Step]] = []
        self._dropped: Final[list[int]] = []
        self._execution: Final = Execution(self.target.fresh(), self._objects, self.target.claims)
        self._over: Diverged | None = None
        self._model: Final = Model(self.edition, self._objects)

    @rule(origin=_ORIGINS, slot=_SLOTS)
    def register(self, origin: Origin, slot: int) -> None:
        """Registers an object, new or known."""
        self._take(Register(origin, self._object(slot)))

    @rule(origin=_ORIGINS, kind=_REFUSED, slot=_SLOTS)
    def register_refused(self, origin: Origin, kind: str, slot: int) -> None:
        """Registers what can not be weakly referenced."""
        self._take(Register(origin, self._refused(kind, slot)))

    @rule(slots=st.lists(_SLOTS, max_size=4))
    def store(self, slots: list[int]) -> None:
        """Stores some objects, or none."""
        self._take(Store(tuple(map(self._object, slots))))

    @rule(slots=st.lists(_SLOTS, max_size=2), kind=_REFUSED, at=st.integers(0, 2))
    def store_refused(self, slots: list[int], kind: str, at: int) -> None:
        """Stores something among others that can not be stored."""
        values = [*map(self._object, slots)]
        values.insert(at, self._refused(kind, 0))
        self._take(Store(tuple(values)))

    @precondition(lambda self: "set" in self.target.capabilities)
    @rule(pick=st.integers(0, 7), slot=_SLOTS)
    def set(self, pick: int, slot: int) -> None:
        """Sets an index that is bound, or one that is not."""
        self._take(Set(self._index(pick), self._object(slot)))

    @precondition(lambda self: "set" in self.target.capabilities)
    @rule(pick=st.integers(0, 7), kind=_REFUSED)
    def set_refused(self, pick: int, kind: str) -> None:
        """Sets what can not be set."""
        self._take(Set(self._index(pick), self._refused(kind, 0)))

    @rule(pick=_SLOTS)
    def drop(self, pick: int) -> None:
        """Lets an object go that is at hand, and with it what was made around it."""
        self._object(min(self._slots, default=0))
        slots = sorted(self._slots)
        number = self._slots.pop(slots[pick % len(slots)])
        around = [n for n, made in enumerate(self._objects) if made.content == number]
        for each in (*around, number):
            self._take(Drop(each))
        self._execution.settle(self._model.gone())
        self._dropped.append(number)

    @rule()
    def reset(self) -> None:
        """Resets."""
        self._take(Reset())

    @rule()
    def look(self) -> None:
        """Looks every index up from -1 to past the end, and asks for all that can be seen."""
        past = max([len(self._model.registered), *(index + 1 for index in self._model.bound)])
        for index in range(-1, past + 2):
            self._take(Apart(index) if self._model.tells_apart(index) else Get(index))
        self._take(Presence())
        self._take(Enumerate())
        for number in self._dropped:
            self._take(Life(number))
        self._take(Called())

    @rule()
    def construct(self) -> None:
        """Runs every constructor."""
        for index in range(len(self._model.registered)):
            self._take(Construct(index))

    def teardown(self) -> None:
        """Looks once more, however it came to an end."""
        try:
            if self._over is None:
                self.look()
        finally:
            self._execution.end()

    def _take(self, step: Step) -> None:
        self._steps.append(step)
        answer = self._execution.step(step)
        expected = self._model.step(step, answer)
        if (broken := violated(expected, answer, self.edition)) is not None:
            draft = Draft(self.edition, tuple(self._objects), tuple(self._steps))
            self._over = Diverged(draft, Violation(len(self._steps) - 1, broken, answer))
            self.found.append(self._over)
            raise self._over

    def _index(self, pick: int) -> int:
        """Returns a bound index, or one beside them, or one that is registered at most."""
        bound = sorted(self._model.bound)
        past = max([len(self._model.registered), *(index + 1 for index in bound)])
        choices = (*bound, past, -1, past - 1)
        return choices[pick % len(choices)]

    def _object(self, slot: int) -> int:
        if slot not in self._slots:
            self._slots[slot] = len(self._objects)
            turn = len(self._objects) % len(STRANGE)
            self._objects.append(Made(STRANGE[turn] if slot == SLOTS - 1 else PLAIN))
            self._execution.make(self._slots[slot])
        return self._slots[slot]

    def _refused(self, kind: str, slot: int) -> int:
        content = self._object(slot) if "around" in kind else None
        self._objects.append(Made(kind, content))
        self._execution.make(len(self._objects) - 1)
        return len(self._objects) - 1
