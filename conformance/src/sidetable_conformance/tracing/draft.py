"""Steps that may show a failure, and whether they do."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import zip_longest
from typing import final

from sidetable_conformance.targets.target import Target

from .answers import ERRORS, Answer, Expected, violated
from .execution import Execution
from .making import Made
from .model import Meaningless, Model
from .steps import Drop, Step, values_of


@final
@dataclass(frozen=True, slots=True)
class Draft:
    """Some steps on a fresh table.

    Attributes:
        edition: Whose rules are asked.
        objects: What the objects are that the steps name by number.
        steps: What is done, the last being what is observed.
    """

    edition: str
    objects: tuple[Made, ...]
    steps: tuple[Step, ...]

    def births(self) -> tuple[tuple[int, ...], ...]:
        """Returns which objects are made before each step: all that the steps up to a drop need.

        So an object that is needed only after another one died is made when that one is gone.

        Example:
            >>> from .steps import Life, Store
            >>> Draft("2026.11", (Made(), Made()), (Store((0,)), Drop(0), Store((1,)))).births()
            ((0,), (), (1,))
        """
        born: list[tuple[int, ...]] = [()] * len(self.steps)
        segment: dict[int, None] = {}
        made: set[int] = set()
        start = 0
        for position, step in enumerate(self.steps):
            for value in values_of(step):
                segment.update(dict.fromkeys(self._with_content(value)))
            if isinstance(step, Drop) or position == len(self.steps) - 1:
                born[start] = tuple(value for value in segment if value not in made)
                made.update(segment)
                segment, start = {}, position + 1
        return tuple(born)

    def _with_content(self, value: int) -> tuple[int, ...]:
        content = self.objects[value].content
        return (value,) if content is None else (*self._with_content(content), value)


@final
@dataclass(frozen=True, slots=True)
class Violation:
    """An answer that is not the expected one.

    Attributes:
        position: Which step answered.
        expected: What it should have answered.
        answer: What it answered.
    """

    position: int
    expected: Expected
    answer: Answer


def violations(draft: Draft, target: Target) -> Generator[Violation]:
    """Takes all steps on a fresh table, and yields every answer that is not as it should be.

    Close it to leave the target reset.

    Raises:
        Meaningless: If the steps make no sense.
    """
    execution = Execution(target.fresh(), draft.objects, target.claims)
    model = Model(draft.edition, draft.objects)
    births = draft.births()
    try:
        for position, (step, following) in enumerate(zip_longest(draft.steps, draft.steps[1:])):
            for value in births[position]:
                execution.make(value)
            answer = execution.step(step)
            expected = model.step(step, answer)
            if isinstance(step, Drop) and not isinstance(following, Drop):
                execution.settle(model.gone())
            if (broken := violated(expected, answer, draft.edition)) is not None:
                yield Violation(position, broken, answer)
    finally:
        execution.end()


def every_violation(draft: Draft, target: Target) -> tuple[Violation, ...] | None:
    """Returns every answer that is not as it should be, or None if the steps make no sense."""
    try:
        return tuple(violations(draft, target))
    except Meaningless:
        return None


def shown_at_the_end(draft: Draft, target: Target) -> Violation | None:
    """Returns how the last step fails, or None if it does not, or if an earlier one raises."""
    last = len(draft.steps) - 1
    with closing(violations(draft, target)) as found_in_turn, suppress(Meaningless):
        for found in found_in_turn:
            if found.position == last:
                return found
            if found.answer.error is not None and found.expected.what not in ERRORS:
                return None
    return None
