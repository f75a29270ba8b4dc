"""Does something at one moment of an operation."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias, final

from sidetable_conformance.schedules.boundaries import ask_for_opcodes
from sidetable_conformance.schedules.own_code import OwnCode

from .eval_breaker import CALLS, LOOPS, names_of

if TYPE_CHECKING:
    from _typeshed import TraceFunction

Action: TypeAlias = Callable[[], object]
"""What is done at a moment."""


@final
class Moments:
    """The moments of operations inside an implementation's own code.

    They are counted from 0 in the order in which an operation comes to them, which is the same
    on every run of one version of Python: meanwhile no collection comes by itself. What a
    finalizer's `__del__` runs has none, because Python ignores what is raised there.

    Args:
        code: What is the implementation's own.

    Attributes:
        came: How many moments were come to in all.

    Example:
        >>> moments, done = Moments(OwnCode()), []
        >>> moments.at(0, lambda: done.append("operation"), lambda: done.append("action"))
        True
        >>> done
        ['action', 'operation']
    """

    __slots__ = ("_code", "_names", "came")

    def __init__(self, code: OwnCode) -> None:
        self._code: Final = code
        self._names: Final[dict[CodeType, dict[int, str]]] = {}
        self.came: int = 0

    def at(self, moment: int, operation: Action, action: Action) -> bool:
        """Runs an operation, and does something at one of its moments.

        Returns:
            Whether it has that moment; if not, nothing was done.
        """
        countdown, before = Countdown(moment, action), sys.gettrace()
        collects = gc.isenabled()
        # What it would finalize has moments too, and is not the operation's.
        gc.disable()
        ask_for_opcodes()
        sys.settrace(self.tracer(countdown))
        try:
            operation()
        finally:
            sys.settrace(before)
            if collects:
                gc.enable()
            self.came += countdown.came
        return countdown.came > moment

    def interrupted(self, moment: int, operation: Action) -> bool:
        """Runs an operation, and interrupts it at one of its moments, as a Ctrl+C does.

        Returns:
            Whether it has that moment.
        """
        interrupt, hook = KeyboardInterrupt(), sys.unraisablehook
        sys.unraisablehook = partial(tell_others, interrupt, hook)
        try:
            return self.at(moment, operation, partial(raise_error, interrupt))
        except KeyboardInterrupt as error:
            if error is not interrupt:
                raise
            return True
        finally:
            sys.unraisablehook = hook
            interrupt.__traceback__ = None  # it holds what the operation had in its hands

    def tracer(self, comes: Callable[[], object]) -> TraceFunction:
        """Returns the function that calls another one at each moment, for `sys.settrace`."""
        python_calls = 0

        def called(frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
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

    def _in_code(self, code: CodeType) -> dict[int, str]:
        names = self._names.get(code)
        if names is None:
            covered = self._code.covers(code.co_filename)
            names = self._names[code] = names_of(code) if covered else {}
        return names


@final
class Countdown:
    """Does something when it is called for the n-th time, counted from 0.

    Args:
        number: At which time.
        action: What it does.

    Attributes:
        came: How often it was called.

    Example:
        >>> countdown = Countdown(1, lambda: print("now"))
        >>> countdown()
        >>> countdown()
        now
    """

    __slots__ = ("_action", "_number", "came")

    def __init__(self, number: int, action: Action) -> None:
        self._number: Final = number
        self._action: Final = action
        self.came: int = 0

    def __call__(self) -> None:
        """Counts once more, and does it if this is the time."""
        self.came += 1
        if self.came == self._number + 1:
            self._action()


def raise_error(error: BaseException) -> NoReturn:
    """Raises an error, where only a call will do."""
    raise error


def tell_others(
    error: BaseException,
    hook: Callable[[sys.UnraisableHookArgs], object],
    ignored: sys.UnraisableHookArgs,
) -> None:
    """Passes on what could not be raised, but for one error.

    That one has interrupted a callback of a weak reference, and Python has gone on after it.
    """
    if ignored.exc_value is not error:
        hook(ignored)


def _finalizes(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False
