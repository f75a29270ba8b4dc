"""Moments inside an implementation's own code at which a finalizer can run.

A moment is where CPython checks whether something is waiting to run: where a function begins, where
a loop jumps back, and after a call that ran no Python code.
"""

from __future__ import annotations

import dis
import gc
import inspect
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import get_ident
from time import monotonic
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Final, TypeAlias, final

from sidetable_conformance.bench import Bench
from sidetable_conformance.driver import Driver
from sidetable_conformance.elsewhere import BOUND
from sidetable_conformance.objects import Thing, describe, place_of
from sidetable_conformance.registering import SOURCE, Recorder, texts
from sidetable_conformance.schedules import own_code
from sidetable_conformance.schedules.own_code import OwnCode, ask_for_opcodes

if TYPE_CHECKING:
    from _typeshed import TraceFunction

CALLS: Final = frozenset({"CALL", "CALL_FUNCTION_EX", "CALL_KW"})
"""The bytecodes that look after the call, unless they have gone on in a Python function."""

LOOPS: Final = frozenset({"JUMP_BACKWARD"})
"""Those that look before they jump."""


def names_of(code: CodeType) -> dict[int, str]:
    """Return the name of each bytecode by its offset.

    Example:
        >>> names_of((lambda: 42).__code__)[0]
        'RESUME'
    """
    return {each.offset: each.opname for each in dis.get_instructions(code)}


Action: TypeAlias = Callable[[], object]
"""What is done at a moment."""


@final
class Moments:
    """The moments of operations inside an implementation's own code.

    They are counted from 0 in the order in which an operation comes to them, which is the same
    on every run of one version of Python: meanwhile the collector never starts by itself. What a
    finalizer's `__del__` runs has none, because Python ignores what is raised there.

    Attributes:
        came: How many moments were come to in all.
        place: The line at which something was done last.
    """

    def __init__(self, code: OwnCode) -> None:
        self._code: Final = code
        self._names: Final[dict[CodeType, dict[int, str]]] = {}
        self.came: int = 0
        self.place: str = ""

    def at(self, moment: int, operation: Action, action: Action) -> bool:
        """Run an operation, and do something at one of its moments.

        Returns:
            Whether it has that moment; if not, nothing was done.
        """
        came = 0

        def comes() -> None:  # pragma: no cover  # called while it is traced
            nonlocal came
            came += 1
            if came == moment + 1:
                self.place = place_of(self._code.covers)
                action()

        collects, before = gc.isenabled(), sys.gettrace()
        # What it would finalize has moments too, and is not the operation's.
        gc.disable()
        ask_for_opcodes()
        sys.settrace(self.tracer(comes))
        try:
            operation()
        finally:
            sys.settrace(before)
            if collects:
                gc.enable()
            self.came += came
        return came > moment

    def tracer(self, comes: Callable[[], object]) -> TraceFunction:
        """Return the function that calls another one at each moment, for `sys.settrace`."""
        python_calls = 0

        def called(  # pragma: no cover  # in here nothing else can trace, coverage neither
            frame: FrameType, _event: str, _argument: object
        ) -> TraceFunction | None:
            nonlocal python_calls
            python_calls += 1
            names = self._in_code(frame.f_code)
            if not names or _finalizes(frame):
                return None
            before, calls_before = "", 0

            def stepped(frame: FrameType, event: str, _argument: object) -> TraceFunction:
                nonlocal before, calls_before
                if event == "opcode":
                    has_returned = before in CALLS and calls_before == python_calls
                    looks = before in LOOPS or has_returned
                    before, calls_before = names[frame.f_lasti], python_calls
                    if looks:
                        comes()
                return stepped

            frame.f_trace = stepped
            frame.f_trace_lines = False
            frame.f_trace_opcodes = True
            comes()
            return stepped

        return called

    def _in_code(self, code: CodeType) -> dict[int, str]:  # pragma: no cover  # as above
        names = self._names.get(code)
        if names is None:
            covered = self._code.covers(code.co_filename)
            names = self._names[code] = names_of(code) if covered else {}
        return names


def _finalizes(frame: FrameType | None) -> bool:  # pragma: no cover  # as above
    while frame is not None:
        if frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


# --- all that a user can see of a table -----------------------------------------------------------

PLACES: Final = range(5)
"""The indices at which to look."""

NOTHING: Final = "nothing"
"""What stands for a lookup that says that it finds nothing."""


@final
@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen.

    Attributes:
        found: What each index finds.
        written: What each constructor writes, with its index.
        present: What presence is taken for.
        following: The index that the next registration gets, and what it finds.
    """

    found: tuple[str, ...]
    written: tuple[tuple[object, str], ...]
    present: bool
    following: tuple[int, str]

    def facts(self) -> dict[str, object]:
        """Return each thing that was seen, by what it is called."""
        return {
            **{f"index {index} finding": found for index, found in enumerate(self.found)},
            **{f"constructor {index} writing": text for index, text in self.written},
            "presence": self.present,
            "the next index": self.following[0],
            "the next index finding": self.following[1],
        }


def found_by(bench: Bench, table: Driver, index: int) -> str:
    """Return what a lookup returns, or `NOTHING`, or the type of the error that it raises."""
    try:
        return describe(table.get(index))
    except Exception as error:  # noqa: BLE001  # which of them is right is asked elsewhere
        return NOTHING if bench.is_lookups(error) else type(error).__name__


def sight(bench: Bench, table: Driver) -> Sight:
    """Return what a table looks like in this context, after which one more is registered."""
    found = tuple(found_by(bench, table, index) for index in PLACES)
    written: list[tuple[object, str]] = []
    for index, constructor in table.constructors():
        recorder = Recorder()
        table.write(constructor, recorder)
        written.append((index, " ".join(map(texts, recorder.written))))
    present = table.present()
    value = Thing("the next")
    following = table.register_user_object(value, SOURCE)
    return Sight(found, tuple(written), present, (following, found_by(bench, table, following)))


# --- a lock that one thread takes twice -----------------------------------------------------------

_KIT: Final = (__file__, own_code.__file__)


@final
class WaitsForItself(BaseException):
    """Stands for a thread that waits for a lock that it has itself.

    No `Exception`, so that an implementation does not handle it as one of its own.
    """


@final
class Alone:
    """The one thread that there is: nobody else gives back what it waits for.

    Args:
        code: What is the implementation's own. What others wait for in its name, such as the
            start of a thread, may come; they are given time.
        bound: How many seconds.

    Attributes:
        waited: How often it came to wait for one of the implementation's own locks.
        late: Whether something else took longer than that.
    """

    def __init__(self, code: OwnCode, bound: float = BOUND) -> None:
        self._code: Final = code
        self._bound: Final = bound
        self.waited: int = 0
        self.late: bool = False

    def wait_for(self, is_free: Callable[[], bool]) -> None:  # pragma: no cover  # while it traces
        """Raise in place of waiting, unless the lock is free after all."""
        own, ends = self._is_waiting(), monotonic() + self._bound
        while not is_free():
            if own or monotonic() >= ends:
                self.waited += own
                self.late |= not own
                raise WaitsForItself

    def _is_waiting(self) -> bool:  # pragma: no cover  # as above
        """Return whether it is the implementation's own code that takes the lock."""
        frame = inspect.currentframe()
        while frame is not None and frame.f_code.co_filename in _KIT:
            frame = frame.f_back
        return frame is not None and self._code.covers(frame.f_code.co_filename)


@contextmanager
def nobody_waits(code: OwnCode, bound: float = BOUND) -> Generator[Alone, None, None]:
    """Make an implementation's locks raise in this thread, inside the block, instead of waiting.

    What is made meanwhile keeps such locks, which wait as usual afterwards.
    """
    alone, here = Alone(code, bound), [get_ident()]
    with own_code.cooperative_locks(code, lambda: alone if get_ident() in here else None):
        yield alone
        here.clear()
