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
import re
import sys
import threading
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import Context, copy_context
from dataclasses import dataclass
from threading import get_ident
from typing import Final, TypeAlias, final

from sidetable_conformance.bench import collector_off
from sidetable_conformance.elsewhere import start, waited
from sidetable_conformance.errors import CouldNotRun, KitError, NotTestable
from sidetable_conformance.objects import Caught, describe
from sidetable_conformance.own_code import Boundaries, cooperative_locks
from sidetable_conformance.own_code import OwnCode as OwnCode
from sidetable_source.errors import printable

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
    """

    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, name: str) -> Schedule:
        """Return the schedule that a name means."""
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


# --- One body in a thread of its own, which runs only when it has the turn -----------------------

MOST_BOUNDARIES: Final = 100_000
"""How many boundaries one turn may have; a body that passes more runs in circles."""

Raw: TypeAlias = tuple[object, BaseException | None]
"""What an operation returned, or what it raised."""


@final
class Stopped(BaseException):
    """Unwinds a body whose schedule is not run to its end."""


@final
class Worker:
    """A thread that waits for its turn at every boundary.

    Attributes:
        place: The implementation's line at which it was preempted last, or "".
        passed: How many boundaries were passed in this turn.
        total: How many were passed in all.
        identity: The thread's, as `threading.get_ident` gives it, while the body runs, or 0.
        ended: Whether the body has ended.
        waits_for: What tells whether the body could go on, while it waits for a lock.
        gave: What each operation gave.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        boundaries: Boundaries | None,
        turn_over: Callable[[], None],
    ) -> None:
        self._operations: Final = tuple(operations)
        self._boundaries: Final = boundaries
        self._turn_over: Final = turn_over
        self._turn: Final = allocate_lock()
        self._turn.acquire()
        self._allowed = 0
        self._stopping = False
        self.place: str = ""
        self.passed: int = 0
        self.total: int = 0
        self.ended: bool = False
        self.waits_for: Callable[[], bool] | None = None
        self.gave: Final[list[Raw]] = []
        self.identity: int = 0
        self._thread: Final = threading.Thread(target=self._work, name="sidetable schedule")

    # --- in the thread of whoever explores ----------------------------------------------------

    @property
    def can_go_on(self) -> bool:
        """Whether the body has not ended, and does not wait for a lock that is taken."""
        return not self.ended and (self.waits_for is None or self.waits_for())

    def start(self) -> None:
        """Start the thread, which waits for its first turn."""
        start(self._thread)

    def go(self, boundaries: int) -> None:
        """Give it the turn for this many boundaries, 0 for all."""
        self._allowed = boundaries or MOST_BOUNDARIES
        self.passed = 0
        self._turn.release()

    def stop(self) -> None:
        """Unwind the body, if it has not ended, and end the thread, without waiting for it."""
        self._stopping = True
        if self._turn.locked():
            self._turn.release()

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end, and return whether it has."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    # --- in the thread itself -----------------------------------------------------------------

    def boundary(self) -> None:
        """Count one boundary more, after waiting there for the next turn if this one is over."""
        if self.passed == self._allowed or self._stopping:
            self.place = "" if self._boundaries is None else self._boundaries.place()
            self.pause()
        self.passed += 1
        self.total += 1

    def wait_for(self, is_free: Callable[[], bool]) -> None:
        """Give the turn away because a lock is taken, and wait for another one."""
        self.waits_for = is_free
        self.pause()
        self.waits_for = None

    def pause(self) -> None:
        """Give the turn away, and wait for another one."""
        if not self._stopping:
            self._turn_over()
            self._turn.acquire()
        if self._stopping:
            raise Stopped

    def _work(self) -> None:
        self._turn.acquire()
        if not self._stopping:
            self.identity = threading.get_ident()
            with suppress(Stopped):
                Context().run(self._run)
            self.identity = 0
            self.ended = True
        if not self._stopping:
            self._turn_over()
            self._turn.acquire()  # or another body's thread could get the identifier of this one

    def _run(self) -> None:
        before = sys.gettrace()
        if self._boundaries is not None:
            self._boundaries.trace(self.boundary)
        try:
            for operation in self._operations:
                if self._boundaries is None:
                    self.boundary()
                self._operate(operation)
        finally:
            sys.settrace(before)

    def _operate(self, operation: Operation) -> None:
        try:
            self.gave.append((operation(), None))
        except Stopped:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever it is, the body saw it
            self.gave.append((None, error))


# --- Runs the bodies of a scenario by one schedule, one thread at a time -------------------------

LONGEST_TURN: Final = 60.0
"""For how many seconds a turn is waited for. A miss is no verdict: the schedule could not run."""

STUCK: Final = "each thread that has not ended waits for a lock that is taken"
"""What is wrong where no thread can go on, so that a lock may be taken for good."""

LONGEST_END: Final = 60.0
"""For how many seconds a thread is waited for that was told to stop."""


@final
@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn came to.

    Attributes:
        thread: Whose it was.
        boundaries: How many it passed.
        preempted: Whether it could have gone on.
        others: Which others had not ended when it began.
        ready: Which threads could go on when it was over.
        place: The implementation's line at which it was preempted, or "".
    """

    thread: int
    boundaries: int
    preempted: bool
    others: tuple[int, ...]
    ready: tuple[int, ...]
    place: str = ""

    @property
    def segment(self) -> Segment:
        """How the turn is named in a schedule."""
        return Segment(self.thread, self.boundaries if self.preempted else 0)


@final
@dataclass(frozen=True, slots=True)
class Course:
    """What a schedule came to.

    Attributes:
        turns: Every turn, also those that the schedule does not name.
        followed: Whether all that it names were possible.
        boundaries: How many boundaries were passed.
        wrong: What was wrong, "" for nothing.
    """

    turns: tuple[Turn, ...]
    followed: bool
    boundaries: int
    wrong: str


@final
class Turns:
    """Gives threads their turns."""

    def __init__(
        self,
        make: Callable[[], Scenario],
        boundaries: Boundaries | None,
        longest_turn: float = LONGEST_TURN,
        longest_end: float = LONGEST_END,
    ) -> None:
        self._make: Final = make
        self._boundaries: Final = boundaries
        self._longest_turn: Final = longest_turn
        self._longest_end: Final = longest_end
        self._over: Final = allocate_lock()
        self._workers: tuple[Worker, ...] = ()

    def current(self) -> Worker | None:
        """Return the worker whose thread calls this, if a body of its is running."""
        identity = get_ident()
        return next((worker for worker in self._workers if worker.identity == identity), None)

    def course(self, schedule: Schedule) -> Course:
        """Run a schedule to its end, and judge what the bodies saw.

        Raises:
            NotTestable: If no thread can be started, or one runs in circles.
        """
        scenario = copy_context().run(self._make)
        self._over.acquire(blocking=False)
        try:
            self._workers = tuple(
                Worker(body, self._boundaries, self._over.release) for body in scenario.bodies
            )
            for worker in self._workers:
                worker.start()
            followed, turns = self._follow(schedule)
            boundaries = sum(worker.total for worker in self._workers)
            if all(worker.ended for worker in self._workers):
                seen = tuple(_outcomes(worker) for worker in self._workers)
                wrong = copy_context().run(scenario.verdict, seen)
            else:
                wrong = STUCK
        finally:
            self._end()
        return Course(tuple(turns), followed, boundaries, wrong)

    def _follow(self, schedule: Schedule) -> tuple[bool, list[Turn]]:
        turns: list[Turn] = []
        followed = True
        for segment in schedule.segments:
            if segment.thread in self._ready():
                turns.append(self._turn(segment.thread, segment.boundaries))
                followed &= turns[-1].preempted == bool(segment.boundaries)
            else:
                followed = False
        while ready := self._ready():
            last = turns[-1] if turns else None
            others = [number for number in ready if last is None or number != last.thread]
            # Nobody to preempt it for: the others that have not ended wait for locks.
            followed &= bool(others) or last is None or not last.preempted
            turns.append(self._turn((others or ready)[0], 0))
        return followed, turns

    def _ready(self) -> tuple[int, ...]:
        return tuple(number for number, worker in enumerate(self._workers) if worker.can_go_on)

    def _turn(self, thread: int, boundaries: int) -> Turn:
        worker = self._workers[thread]
        others = tuple(
            number
            for number, other in enumerate(self._workers)
            if number != thread and not other.ended
        )
        worker.go(boundaries)
        if not waited(lambda part: self._over.acquire(timeout=part), self._longest_turn):
            raise CouldNotRun(
                f"thread {thread}, which may wait for a lock that the kit could not replace (make"
                " locks where the table is made),",
                self._longest_turn,
            )
        preempted = not worker.ended and worker.waits_for is None
        if preempted and worker.passed == MOST_BOUNDARIES:
            raise NotTestable(f"thread {thread} passed {MOST_BOUNDARIES} boundaries in one turn")
        place = worker.place if preempted else ""
        return Turn(thread, worker.passed, preempted, others, self._ready(), place)

    def _end(self) -> None:
        workers, self._workers = self._workers, ()
        for worker in workers:
            worker.stop()
        left = [
            str(at) for at, each in enumerate(workers) if not waited(each.join, self._longest_end)
        ]
        if left:
            raise CouldNotRun(f"threads {', '.join(left)} of a schedule", self._longest_end)


def _outcomes(worker: Worker) -> tuple[Outcome, ...]:
    return tuple(
        Outcome(value) if error is None else Outcome(caught=Caught.of(error))
        for value, error in worker.gave
    )


# --- Explores the schedules of a scenario, one after another ------------------------------------

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
    gc.collect()
    with collector_off(), cooperative_locks(code or OwnCode(), turns.current):
        yield turns


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
