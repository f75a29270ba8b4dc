"""What a trace does before its last step, as far as it tells one requirement from another."""

from __future__ import annotations

from functools import cached_property
from typing import Final, final

from sidetable_conformance.tracing.making import Made, Text
from sidetable_conformance.tracing.steps import (
    Register,
    Step,
    Store,
    values_of,
)
from sidetable_conformance.tracing.trace import Trace


@final
class Facts:
    """Facts about the steps of a shortest trace, each of which the failure needs.

    Args:
        trace: The trace.
    """

    def __init__(self, trace: Trace) -> None:
        *before, last = trace.draft.steps
        self._objects: Final = trace.draft.objects
        self.before: Final[tuple[Step, ...]] = tuple(before)
        self.last: Final[Step] = last

    def text(self, value: int) -> Text:
        """How an object is made."""
        return self._objects[value].text

    def made(self, value: int) -> Made:
        """What an object is."""
        return self._objects[value]

    def did(self, *kinds: type[Step]) -> bool:
        """Tells whether there is such a step before the last."""
        return any(isinstance(step, kinds) for step in self.before)

    def refused(self, kind: type[Step]) -> bool:
        """Tells whether there is such a step with an object that can not be weakly referenced."""
        return any(isinstance(step, kind) and self._is_refused(step) for step in self.before)

    def _is_refused(self, step: Step) -> bool:
        return not all(self.text(value).referenceable for value in values_of(step))

    @property
    def unprintable(self) -> bool:
        """Whether there is an object that can not be printed."""
        return not all(made.text.printable for made in self._objects)

    @property
    def is_strange(self) -> bool:
        """Whether it takes an object of a kind that is not plain."""
        return any(made.text.referenceable and not made.is_plain for made in self._objects)

    @property
    def registers_after_store(self) -> bool:
        """Whether an object is registered after the last store."""
        both = [type(step) for step in self.before if isinstance(step, Register | Store)]
        return Store in both and both[-1] is Register

    @cached_property
    def registered(self) -> list[Register]:
        """The registrations that are not refused."""
        return [s for s in self.before if isinstance(s, Register) and not self._is_refused(s)]

    @cached_property
    def stores(self) -> list[Store]:
        """The stores that are not refused."""
        return [s for s in self.before if isinstance(s, Store) and not self._is_refused(s)]
