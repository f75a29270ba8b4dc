"""Makes a trace as short as it can be found to be, and its objects as plain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias, final

from sidetable_conformance.bench.registering import Origin

from .draft import Draft
from .making import PLAIN, PLAIN_REFUSED, TEXTS, Made
from .steps import (
    Apart,
    Construct,
    Drop,
    Get,
    Indexed,
    Keep,
    Life,
    Register,
    RunKept,
    Set,
    Step,
    Store,
    values_of,
)

Fails: TypeAlias = Callable[[Draft], bool]
"""Tells whether a draft still shows the failure."""

USER: Final = Origin.USER_OBJECT

ENOUGH: Final = 200_000
"""How many steps and objects may be spent; by then what is left is short enough."""

FINE: Final = 16
"""A run is not taken out if it is less than this part of the whole, which may be thousands."""

LARGE: Final = 1_000
"""More objects than this in one store are only halved: each attempt takes long."""

_INDEXED: Final = (Get, Apart, Set, Construct, Keep, RunKept)


def shortest(draft: Draft, fails: Fails) -> Draft:
    """Returns a draft that fails too, and from which nothing can be taken any more.

    The same draft gives the same result, unless the target itself does not.

    Args:
        draft: A draft that fails.
        fails: Tells whether another one does.
    """
    shrinking = _Shrinking(draft, fails)
    shrinking.halves_of_stores()
    shrinking.only_what_is_observed()
    before = None
    while before is not shrinking.draft:
        before = shrinking.draft
        shrinking.fewer_steps()
        shrinking.fewer_stored()
        shrinking.smaller_indices()
        shrinking.plainer_objects()
        shrinking.same_origins()
    return renumbered(shrinking.draft)


def renumbered(draft: Draft) -> Draft:
    """Returns a draft whose objects are those that it uses, in the order in which it does.

    Example:
        >>> renumbered(Draft("2026.11", (Made(), Made("a set")), (Store((1,)),)))
        Draft(edition='2026.11', objects=(Made(kind='a set', content=None),), \
steps=(Store(values=(0,)),))
    """
    order = [value for born in draft.births() for value in born]
    number = {value: new for new, value in enumerate(order)}
    contents = [draft.objects[value].content for value in order]
    objects = tuple(
        replace(draft.objects[value], content=None if content is None else number[content])
        for value, content in zip(order, contents, strict=True)
    )
    return replace(draft, objects=objects, steps=tuple(_with(step, number) for step in draft.steps))


def _with(step: Step, number: dict[int, int]) -> Step:
    if isinstance(step, Store):
        return Store(tuple(number[value] for value in step.values))
    if isinstance(step, Register | Set | Drop | Life):
        return replace(step, value=number[step.value])
    return step


@final
class _Shrinking:
    def __init__(self, draft: Draft, fails: Fails) -> None:
        self.draft = draft
        self._fails: Final = fails
        self._left = ENOUGH

    def _try(self, steps: tuple[Step, ...], objects: tuple[Made, ...] | None = None) -> bool:
        if self._left < 0:
            return False
        candidate = replace(
            self.draft, steps=steps, objects=self.draft.objects if objects is None else objects
        )
        self._left -= sum(1 + len(values_of(step)) for step in steps)
        if not self._fails(candidate):
            return False
        self.draft = candidate
        return True

    def only_what_is_observed(self) -> None:
        """Leaves the other objects out, where the last step is about one."""
        if observed := values_of(self.draft.steps[-1]):
            steps = self.draft.steps
            fewer = tuple(step for step in steps if {*values_of(step)} <= {*observed})
            if len(fewer) < len(steps):
                self._try(fewer)

    def fewer_steps(self) -> None:
        """Takes out runs of steps, long ones first; the last step stays."""
        size = len(self.draft.steps) - 1
        while size > len(self.draft.steps) // FINE:
            end = len(self.draft.steps) - 1
            while end > 0:
                start = max(0, end - size)
                steps = self.draft.steps
                rest = steps[:start] + steps[end:]
                gone = sum(isinstance(step, Register) for step in steps[start:end])
                any(self._try(each) for each in _lowered(rest, gone))
                end = min(start, len(self.draft.steps) - 1)
            size //= 2

    def halves_of_stores(self) -> None:
        """Halves large stores, for as long as one of the halves will do."""
        for position in range(len(self.draft.steps)):
            halved = True
            while halved and len(values := self._values(position)) > LARGE:
                half = len(values) // 2
                halves = (Store(values[:half]), Store(values[half:]))
                halved = any(self._try(self._replaced(position, each)) for each in halves)

    def fewer_stored(self) -> None:
        """Takes runs of objects out of stores, long ones first."""
        for position, step in enumerate(self.draft.steps):
            if isinstance(step, Store) and len(step.values) <= LARGE:
                self._fewer_in(position, len(step.values))

    def _fewer_in(self, position: int, size: int) -> None:
        while size > len(self._values(position)) // FINE:
            end = len(self._values(position))
            while end > 0:
                start = max(0, end - size)
                values = self._values(position)
                rest = Store(values[:start] + values[end:])
                steps = self._replaced(position, rest)
                any(self._try(each) for each in _lowered(steps, end - start))
                end = start
            size //= 2

    def _values(self, position: int) -> tuple[int, ...]:
        return values_of(self.draft.steps[position])

    def smaller_indices(self) -> None:
        """Asks for a smaller index wherever one will do."""
        for position, step in enumerate(self.draft.steps):
            if isinstance(step, _INDEXED) and step.index > 0:
                smaller = _smaller(step.index)
                any(self._try(self._replaced(position, replace(step, index=n))) for n in smaller)

    def plainer_objects(self) -> None:
        """Makes the objects of each kind plain ones; what another one holds stays as it is."""
        for kind in sorted({made.kind for made in self.draft.objects}):
            refused = () if TEXTS[kind].referenceable else (PLAIN_REFUSED,)
            any(self._all_become(kind, plain) for plain in (PLAIN, *refused) if plain != kind)

    def _all_become(self, kind: str, plain: str) -> bool:
        held = {made.content for made in self.draft.objects}
        objects = tuple(
            Made(plain) if made.kind == kind and number not in held else made
            for number, made in enumerate(self.draft.objects)
        )
        return objects != self.draft.objects and self._try(self.draft.steps, objects)

    def same_origins(self) -> None:
        """Registers everything as a user object, if that will do."""
        if any(isinstance(step, Register) and step.origin is not USER for step in self.draft.steps):
            steps = (
                replace(step, origin=USER) if isinstance(step, Register) else step
                for step in self.draft.steps
            )
            self._try(tuple(steps))

    def _replaced(self, position: int, step: Step) -> tuple[Step, ...]:
        steps = self.draft.steps
        return (*steps[:position], step, *steps[position + 1 :])


def _lowered(steps: tuple[Step, ...], by: int) -> Iterator[tuple[Step, ...]]:
    """Yields the steps as they are, and with indices that follow what was taken out."""
    yield steps
    if by:
        yield tuple(_lower(step, by) for step in steps)


def _lower(step: Step, by: int) -> Step:
    if isinstance(step, _INDEXED) and step.index >= by:
        indexed: Indexed = step
        return replace(indexed, index=indexed.index - by)
    return step


def _smaller(index: int) -> Iterator[int]:
    yield from range(min(index, 3))
    if index > 2**32:
        yield 2**32
    if index > 3:  # noqa: PLR2004  # those below were tried
        yield index - 1
