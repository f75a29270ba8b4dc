"""What runs in several threads at once, and who says whether that went well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

from sidetable_conformance.objects.describe import Caught, describe

Operation: TypeAlias = Callable[[], object]
"""One call into the implementation."""


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """What one operation gave.

    Attributes:
        value: What it returned, or None.
        caught: What is known of the exception that it raised, or None.

    Example:
        >>> print(Outcome(3), Outcome(caught=Caught.of(KeyError("a"))))
        3 KeyError: 'a'
    """

    value: object = None
    caught: Caught | None = None

    def __str__(self) -> str:
        return describe(self.value) if self.caught is None else self.caught.text


Seen: TypeAlias = Sequence[Sequence[Outcome]]
"""For each body, the outcome of each of its operations, in order."""

Verdict: TypeAlias = Callable[[Seen], str]
"""Returns what is wrong with what the bodies saw, "" for nothing."""


@final
@dataclass(frozen=True, slots=True)
class Scenario:
    """Some bodies, each for a thread of its own, and a verdict on what they saw.

    Attributes:
        bodies: For each thread its operations in order. Each body runs in an empty context. An
            operation that raises does not keep the next one from running.
        verdict: Judges what all of them saw, when all have ended. It may look at the table too.

    Example:
        >>> from functools import partial
        >>> shared = []
        >>> Scenario(
        ...     bodies=([partial(shared.append, 1)], [shared.copy]),
        ...     verdict=lambda seen: "" if seen[1][0].value in ([], [1]) else "neither",
        ... ).verdict([[Outcome()], [Outcome([])]])
        ''
    """

    bodies: Sequence[Sequence[Operation]]
    verdict: Verdict
