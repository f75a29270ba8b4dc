"""Where a thread can be preempted: before a bytecode of the implementation's own code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Final, final

from .bytecodes import seen_offsets
from .own_code import OwnCode

if TYPE_CHECKING:
    from _typeshed import TraceFunction


@final
class Boundaries:
    """The boundaries in an implementation's code.

    Knows no thread, and serves one after another; what it learns of a piece of code, it keeps.

    Args:
        code: What is the implementation's own.
    """

    __slots__ = ("_code", "_offsets")

    def __init__(self, code: OwnCode) -> None:
        self._code: Final = code
        self._offsets: Final[dict[CodeType, frozenset[int]]] = {}

    def trace(self, boundary: Callable[[], None]) -> None:
        """Calls a function at each boundary that the current thread comes to from now on."""
        ask_for_opcodes()
        sys.settrace(self.tracer(boundary))

    def tracer(self, boundary: Callable[[], None]) -> TraceFunction:
        """Returns the function that does so, for `sys.settrace`."""

        def called(frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
            offsets = self._in_code(frame.f_code)
            if not offsets:
                return None

            def stepped(frame: FrameType, event: str, _argument: object) -> TraceFunction:
                if event == "opcode" and frame.f_lasti in offsets:
                    try:
                        boundary()
                    except BaseException:
                        # It ends the tracing of this thread, but not of all its frames.
                        _ask_for_no_more(frame)
                        raise
                return stepped

            frame.f_trace = stepped
            frame.f_trace_lines = False
            frame.f_trace_opcodes = True
            return stepped

        return called

    def _in_code(self, code: CodeType) -> frozenset[int]:
        offsets = self._offsets.get(code)
        if offsets is None:
            covered = self._code.covers(code.co_filename)
            offsets = self._offsets[code] = seen_offsets(code) if covered else frozenset()
        return offsets


def _ask_for_no_more(frame: FrameType | None) -> None:
    while frame is not None:
        frame.f_trace_opcodes = False
        frame = frame.f_back


def ask_for_opcodes() -> None:
    """Has the interpreter give opcode events to the frames that want them.

    From Python 3.12 on none gets any before some frame has asked for them. One that never runs
    asks: in a thread without a trace function, Python 3.12 crashes.
    """
    asking: Any = (None for _ in ())  # whose type does not tell that it has a frame
    asking.gi_frame.f_trace_opcodes = True
