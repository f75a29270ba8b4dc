"""Where a thread can be preempted: before a bytecode of the implementation's own code."""

from __future__ import annotations

import dis
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Final, final

from sidetable_conformance.objects import place_of
from sidetable_conformance.schedules.locks import OwnCode

if TYPE_CHECKING:
    from _typeshed import TraceFunction

# --- Which bytecodes of a piece of code other threads can have to do with ------------------------


# What only moves values between a frame's own variables and its own stack, or makes a new one
# there, and lets go of none. What calls, reads or writes anything else, or drops what may be the
# last reference to an object, is not listed; nor is what a newer Python may bring.
_UNSEEN: Final = frozenset(
    {
        "BUILD_LIST",
        "BUILD_TUPLE",
        "COPY",
        "COPY_FREE_VARS",
        "JUMP_BACKWARD",
        "JUMP_FORWARD",
        "KW_NAMES",
        "LIST_APPEND",
        "LOAD_CLOSURE",
        "LOAD_CONST",
        "LOAD_FAST",
        "LOAD_FAST_BORROW",
        "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
        "LOAD_FAST_LOAD_FAST",
        "LOAD_SMALL_INT",
        "MAKE_CELL",
        "MAKE_FUNCTION",
        "NOP",
        "NOT_TAKEN",
        "PRECALL",
        "PUSH_NULL",
        "RESUME",
        "SWAP",
    }
)
_ASSIGNS: Final = {
    "DELETE_FAST": 1,
    "LOAD_FAST_AND_CLEAR": 1,
    "STORE_FAST": 1,
    "STORE_FAST_LOAD_FAST": 1,
    "STORE_FAST_MAYBE_NULL": 1,
    "STORE_FAST_STORE_FAST": 2,
}
"""How many of the variables that a bytecode names it may change; the first ones."""

_GIVES_BOOL: Final = frozenset({"CONTAINS_OP", "IS_OP", "TO_BOOL", "UNARY_NOT"})
_GIVES_LOCAL: Final = frozenset({"LOAD_FAST", "LOAD_FAST_BORROW"})


def seen_offsets(code: CodeType) -> frozenset[int]:
    """Return where the bytecodes are of which another thread can tell whether they have run.

    Schedules that differ only in what comes before or after the others are the same schedule.

    Example:
        >>> def double(number):
        ...     result = number
        ...     return result.real
        >>> code = double.__code__
        >>> offsets = seen_offsets(code)
        >>> [it.opname for it in dis.get_instructions(code) if it.offset in offsets]
        ['LOAD_ATTR', 'RETURN_VALUE']
    """
    instructions = tuple(dis.get_instructions(code))
    first = _first_assignments(code, instructions)
    return frozenset(
        instruction.offset
        for before, instruction in zip((None, *instructions), instructions, strict=False)
        if instruction.opname not in _UNSEEN
        and instruction.offset not in first
        and not _only_branches(before, instruction)
    )


def _only_branches(before: dis.Instruction | None, instruction: dis.Instruction) -> bool:
    """Return whether this is a jump that asks no object for its truth, and drops none."""
    if before is None or instruction.is_jump_target or "POP_JUMP" not in instruction.opname:
        return False
    if before.opname in _GIVES_BOOL:
        return True
    return instruction.opname.endswith("NONE") and before.opname in _GIVES_LOCAL


def _first_assignments(code: CodeType, instructions: Sequence[dis.Instruction]) -> frozenset[int]:
    """Return where variables are assigned that never had a value, so that none is dropped."""
    assigned = [name for instruction in instructions for name in _assigned(instruction)]
    starred = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + starred]
    often = Counter([*assigned, *parameters])
    loops = [
        range(instruction.argval, instruction.offset)
        for instruction in instructions
        if instruction.opcode in dis.hasjrel and instruction.argval < instruction.offset
    ]
    return frozenset(
        instruction.offset
        for instruction in instructions
        if (names := _assigned(instruction))
        and all(often[name] == 1 for name in names)
        and not any(instruction.offset in loop for loop in loops)
    )


def _assigned(instruction: dis.Instruction) -> tuple[str, ...]:
    """Return the variables that a bytecode may change."""
    names: str | tuple[str, ...] = instruction.argval
    count = _ASSIGNS.get(instruction.opname, 0)
    return (names if isinstance(names, tuple) else (names,))[:count]


# --- Where a thread can be preempted: before a bytecode of the implementation's own code ---------


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
        """Call a function at each boundary that the current thread comes to from now on."""
        ask_for_opcodes()
        sys.settrace(self.tracer(boundary))

    def place(self) -> str:
        """Return the implementation's line that the current thread is at, or ""."""
        return place_of(self._code.covers)

    def tracer(self, boundary: Callable[[], None]) -> TraceFunction:
        """Return the function that does so, for `sys.settrace`."""

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
