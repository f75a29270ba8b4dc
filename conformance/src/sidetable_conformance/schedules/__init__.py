"""Thread schedules, explored one after another, and the same on every run.

* `explore` runs a `Scenario` once for each schedule with up to two preemptions, and returns an
  `Exploration`, which has the first schedule that gave a wrong result.
* `replay` runs one schedule again, by its name.
* A `Scenario` is a body for each thread and a verdict on what they saw. A body is a sequence of
  operations, each of which gives an `Outcome`.
* `OwnCode` says where threads may be preempted: between the bytecodes of an implementation.
  Without it they are preempted between operations, which suits one that has no bytecode.

A scenario must make everything it uses, so that no schedule sees what another one left.

Example:
    >>> def lost_update():
    ...     shared = {"count": 0}
    ...     read = []
    ...     body = (
    ...         lambda: read.append(shared["count"]),
    ...         lambda: shared.update(count=read.pop() + 1),
    ...     )
    ...     return Scenario(
    ...         bodies=(body, body),
    ...         verdict=lambda seen: "" if shared["count"] == 2 else f"{shared['count']}, not 2",
    ...     )
    >>> found = explore(lost_update)
    >>> str(found.failure)
    'schedule 0:1: 1, not 2'
    >>> replay(lost_update, "0:1") == found.failure
    True
    >>> replay(lost_update, "0") is None
    True
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, final

from sidetable_conformance.errors import KitError

from .own_code import Boundaries, cooperative_locks
from .own_code import OwnCode as OwnCode
from .turns import LONGEST_END, LONGEST_TURN, STUCK, Course, Turns
from .turns import Operation as Operation
from .turns import Outcome as Outcome
from .turns import Scenario as Scenario
from .turns import Schedule as Schedule
from .turns import Segment as Segment

__all__ = [
    "Exploration",
    "Failure",
    "Operation",
    "Outcome",
    "OwnCode",
    "Scenario",
    "Schedule",
    "Segment",
    "explore",
    "replay",
]

MOST_SCHEDULES: Final = 20_000
"""How many schedules are run of one scenario, unless more are asked for."""


@final
@dataclass(frozen=True, slots=True)
class Failure:
    """A schedule that gave a wrong result.

    Attributes:
        schedule: Its name, for `replay`.
        wrong: What the scenario's verdict said.
        stops: Where threads were preempted, as far as that is a line of the implementation's.
    """

    schedule: str
    wrong: str
    stops: tuple[str, ...] = ()

    @classmethod
    def of(cls, schedule: object, course: Course) -> Failure:
        """Return the failure of a schedule that came to this."""
        stops = tuple(f"thread {it.thread} stops at {it.place}" for it in course.turns if it.place)
        return cls(str(schedule), course.wrong, stops)

    def __str__(self) -> str:
        stops = f", where {' and '.join(self.stops)}" if self.stops else ""
        return f"schedule {self.schedule}: {self.wrong}{stops}"


@final
@dataclass(frozen=True, slots=True)
class Exploration:
    """What exploring a scenario came to; the same on every run.

    Attributes:
        schedules: How many were run.
        boundaries: How many boundaries were passed in all of them.
        complete: Whether those were all; if not, it ended at a failure or at the limit.
        failure: The first failing one, of those with the fewest preemptions; None for none.
    """

    schedules: int
    boundaries: int
    complete: bool
    failure: Failure | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether it failed because threads wait for one another: a lock may be taken for good."""
        return self.failure is not None and self.failure.wrong == STUCK


def explore(
    make: Callable[[], Scenario],
    code: OwnCode | None = None,
    *,
    preemptions: int = 2,
    limit: int = MOST_SCHEDULES,
    longest_turn: float = LONGEST_TURN,
    longest_end: float = LONGEST_END,
) -> Exploration:
    """Run a scenario by every schedule, up to the first that gives a wrong result.

    It leaves out only schedules that no thread can tell apart: preempting before or after a
    bytecode that only moves values inside its own frame is the same. Two bodies with m and n
    boundaries have about 2 * m * n schedules with two preemptions. The collector is off meanwhile,
    except for the objects of each schedule after it.

    Args:
        make: Makes the scenario anew, for each schedule.
        code: The implementation's own, where threads are preempted between bytecodes; None to
            preempt them between operations.
        preemptions: How many preemptions a schedule has at most.
        limit: How many schedules are run at most.
        longest_turn: How many seconds to wait for a turn.
        longest_end: How many seconds to wait for a stopped thread.

    Raises:
        KitError: If no boundary was seen, so that nothing was explored.
        CouldNotRun: If a turn or a thread does not end.
        NotTestable: If no thread can be started, or one runs in circles.
    """
    boundaries = run = 0
    with _turns(make, code, longest_turn, longest_end) as turns:
        level: deque[Schedule] = deque([Schedule((Segment(0),))])
        for preempted in range(preemptions + 1):
            deeper: deque[Schedule] = deque()
            while level:
                if run == limit:
                    return Exploration(run, boundaries, complete=False)
                schedule = level.popleft()
                course = _course(turns, schedule)
                if not course.followed:  # it preempts for a thread that cannot go on
                    continue
                run += 1
                boundaries += course.boundaries
                if course.wrong:
                    failure = Failure.of(schedule, course)
                    return Exploration(run, boundaries, complete=False, failure=failure)
                level.extend(_continued_otherwise(schedule, course))
                if preempted < preemptions:
                    deeper.extend(_preempted_once_more(schedule, course))
            level = deeper
    return Exploration(run, boundaries, complete=True)


def replay(
    make: Callable[[], Scenario],
    schedule: str,
    code: OwnCode | None = None,
    *,
    longest_turn: float = LONGEST_TURN,
) -> Failure | None:
    """Run a scenario by one schedule.

    Returns:
        What was wrong, or None.

    Raises:
        ValueError: If that is not a schedule, or not one that this scenario can follow.
        KitError: If no boundary was seen.
        CouldNotRun: If a turn does not end.
    """
    parsed = Schedule.parse(schedule)
    with _turns(make, code, longest_turn) as turns:
        course = _course(turns, parsed)
    if not course.followed:
        raise ValueError(f"schedule {schedule} cannot be followed: a thread ends or waits earlier")
    return Failure.of(schedule, course) if course.wrong else None


@contextmanager
def _turns(
    make: Callable[[], Scenario],
    code: OwnCode | None,
    longest_turn: float,
    longest_end: float = LONGEST_END,
) -> Generator[Turns, None, None]:
    boundaries = None if code is None else Boundaries(code)
    turns = Turns(make, boundaries, longest_turn, longest_end)
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        with cooperative_locks(code or OwnCode(), turns.current):
            yield turns
    finally:
        if collecting:
            gc.enable()


def _course(turns: Turns, schedule: Schedule) -> Course:
    course = turns.course(schedule)
    gc.collect(0)
    if not course.boundaries:
        raise KitError(
            f"schedule {schedule} passed no boundary, so nothing was explored. If the"
            " implementation has no Python code, explore between operations"
        )
    return course


def _open_turn(schedule: Schedule) -> int:
    """Return which turn is the first that ended by itself, of those a schedule has not fixed."""
    fixed = len(schedule.segments)
    return fixed if schedule.segments[-1].boundaries else fixed - 1


def _continued_otherwise(schedule: Schedule, course: Course) -> Iterator[Schedule]:
    """Give the schedules in which another thread goes on where a turn ended by itself."""
    named = tuple(turn.segment for turn in course.turns)
    if schedule.segments == (Segment(0),):
        yield from (Schedule((Segment(thread),)) for thread in course.turns[0].others)
    for at in range(_open_turn(schedule), len(course.turns) - 1):
        for thread in course.turns[at].ready:
            if thread != course.turns[at + 1].thread:
                yield Schedule((*named[: at + 1], Segment(thread)))


def _preempted_once_more(schedule: Schedule, course: Course) -> Iterator[Schedule]:
    """Give the schedules in which one more turn is cut short, for any other thread."""
    named = tuple(turn.segment for turn in course.turns)
    for at, turn in enumerate(course.turns):
        if at >= _open_turn(schedule) and turn.others:
            for boundaries in range(1, turn.boundaries):
                cut = (*named[:at], Segment(turn.thread, boundaries))
                for thread in turn.others:
                    alone = len(turn.others) == 1
                    yield Schedule(cut if alone else (*cut, Segment(thread)))
