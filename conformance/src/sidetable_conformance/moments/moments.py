"""Does something at one moment of an operation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final, TypeAlias, final

from sidetable_conformance.schedules.own_code import OwnCode

from .eval_breaker import CALLS, LOOPS, names_of

Action: TypeAlias = Callable[[], object]
"""What is done at a moment."""

_Trace: TypeAlias = Callable[[FrameType, str, Any], Any]  # as `sys.settrace` has it


@final
class Moments:
    """The moments of operations inside an implementation's own code.

    They are counted from 0 in the order in which an operation comes to them, which is the same
    on every run of one version of Python. What a finalizer's `__del__` runs has none, because
    Python ignores what is raised there.

    Args:
        code: What is the implementation's own.

    Attributes:
        came: How many moments were come to in all.

    Example:
        >>> moments, done = Moments(OwnCode()), []
        >>> moments.at(0, lambda: done.append("operation"), lambda: done.append("action"))
        False
        >>> done  # nothing of it is an implementation's
        ['operation']
    """

    __slots__ = ("_code", "_names", "came")

    def __init__(self, code: OwnCode) -> None:
        self._code: Final = code
        self._names: Final[dict[CodeType, dict[int, str]]] = {}
        self.came = 0

    def at(self, moment: int, operation: Action, action: Action) -> bool:
        """Runs an operation, and does something at one of its moments.

        Returns:
            Whether it has that moment; if not, nothing was done.
        """
        left = moment

        def comes() -> None:
            nonlocal left
            self.came += 1
            left -= 1
            if left == -1:
                action()

        before = sys.gettrace()
        # From Python 3.12 on no frame gets opcode events before some frame has asked for them.
        sys._getframe().f_trace_opcodes = True  # noqa: SLF001  # the documented way to a frame
        sys.settrace(self._tracer(comes))
        try:
            operation()
        finally:
            sys.settrace(before)
        return left < 0

    def interrupted(self, moment: int, operation: Action) -> bool:
        """Runs an operation, and interrupts it at one of its moments, as a Ctrl+C does.

        Returns:
            Whether it has that moment.
        """
        interrupt = KeyboardInterrupt()

        def raise_it() -> None:
            raise interrupt

        came, hook = False, sys.unraisablehook

        def unraisable(ignored: sys.UnraisableHookArgs) -> None:
            # A callback of a weak reference was interrupted, and Python goes on after it.
            if ignored.exc_value is not interrupt:
                hook(ignored)

        sys.unraisablehook = unraisable
        try:
            came = self.at(moment, operation, raise_it)
        except KeyboardInterrupt as error:
            if error is not interrupt:
                raise
            came = True
        finally:
            sys.unraisablehook = hook
            interrupt.__traceback__ = None  # it holds what the operation had in its hands
        return came

    def _tracer(self, comes: Callable[[], None]) -> _Trace:
        python_calls = 0

        def called(frame: FrameType, _event: str, _argument: object) -> _Trace | None:
            nonlocal python_calls
            python_calls += 1
            names = self._in_code(frame.f_code)
            if not names or _finalizes(frame):
                return None
            before, calls_before = "", 0

            def stepped(frame: FrameType, event: str, _argument: object) -> _Trace:
                nonlocal before, calls_before
                if event == "opcode":
                    after = before
                    before, calls_then, calls_before = (
                        names[frame.f_lasti],
                        calls_before,
                        python_calls,
                    )
                    if after in LOOPS or (after in CALLS and calls_then == python_calls):
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


def _finalizes(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False
