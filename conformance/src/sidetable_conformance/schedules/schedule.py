"""What runs in several threads, and the names of orders of their turns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from sidetable_conformance.objects import Caught, describe
from sidetable_source.errors import printable

# --- What runs in several threads at once, and who says whether that went well -------------------


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
    """Bodies, one for each thread, and a verdict on what they saw.

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


# --- What names a schedule: which thread runs, how far, and which one then -----------------------


_SEGMENT: Final = re.compile(r"([0-9]{1,3})(?::([1-9][0-9]{0,8}))?", re.ASCII)


@final
@dataclass(frozen=True, slots=True)
class Segment:
    """One thread's turn.

    Attributes:
        thread: The number of the thread, from 0.
        boundaries: How many boundaries it passes before it is preempted; 0 for as many as there
            are until it ends or has to wait for a lock.

    Example:
        >>> str(Segment(0, 17)), str(Segment(1))
        ('0:17', '1')
    """

    thread: int
    boundaries: int = 0

    def __str__(self) -> str:
        return f"{self.thread}:{self.boundaries}" if self.boundaries else str(self.thread)


@final
@dataclass(frozen=True, slots=True)
class Schedule:
    """The turns of several threads, in order.

    After the last turn that is named, the thread with the lowest number goes on that can, other
    than the one that ran last, then the next, each to its end.

    A boundary is counted where a thread comes to it, so a name means the same on every run, but
    not on another minor version of Python, whose bytecode is another one.

    Attributes:
        segments: The turns that are named.

    Example:
        >>> schedule = Schedule.parse("0:17 1:4")
        >>> schedule.segments
        (Segment(thread=0, boundaries=17), Segment(thread=1, boundaries=4))
        >>> str(schedule), schedule.preemptions
        ('0:17 1:4', 2)
    """

    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, name: str) -> Schedule:
        """Return the schedule that a name means.

        Raises:
            ValueError: If the text is not the name of a schedule.
        """
        matches = [_SEGMENT.fullmatch(part) for part in name.split(" ")]
        segments = [
            Segment(int(match[1]), int(match[2] or 0)) for match in matches if match is not None
        ]
        if len(segments) < len(matches):
            shown = printable(name)
            raise ValueError(f'{shown!r} is not a schedule; write one like "0:17 1:4", or "1"')
        return cls(tuple(segments))

    @property
    def preemptions(self) -> int:
        """How many times a thread is stopped that could go on."""
        return sum(segment.boundaries > 0 for segment in self.segments)

    def __str__(self) -> str:
        return " ".join(map(str, self.segments))
