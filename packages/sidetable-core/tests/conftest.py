"""Moments inside the package's own code: when a signal, a finalizer or another thread comes."""

from __future__ import annotations

import dis
import gc
import sys
from contextlib import contextmanager
from contextvars import Context
from functools import cache
from itertools import count, pairwise
from pathlib import Path
from types import CodeType, FunctionType

import pytest

import sidetable_core
from sidetable_core import dynamo

PACKAGE = str(Path(sidetable_core.__file__).parent)
ENTRY = "<sidetable entry"

# Where CPython looks whether a signal has come or another thread wants to run.
CHECKING = ("RESUME", "CALL", "CALL_FUNCTION_EX", "CALL_KW", "JUMP_BACKWARD", "POP_JUMP_BACKWARD")


class Moments:
    """Does something at one moment of an operation.

    The moments of an operation are those at which CPython can interrupt the package's code.
    What a finalizer runs has none, and an interrupt of a callback is ignored, as Python does.
    """

    def __init__(self):
        self._entries = []
        self._forget()

    def _forget(self):
        self._before, self._action, self._left, self._where = {}, None, -1, "none"

    def watch(self, entry):
        """Counts the moments of an entry function too; returns it."""
        self._entries.append(entry.__code__)
        return entry

    def each(self, scenario):
        """Goes through a scenario once for each moment of its operation, in a fresh context.

        Args:
            scenario: A generator function. What it does up to its `yield` prepares the
                operation, and what it does after it looks at what has become of it. It yields
                the operation and what to do at the moment (by default, to interrupt), and gets
                whether that was done: not, when the operation had no such moment.
        """
        for moment in count():
            self._entries.clear()
            if not Context().run(self._once, scenario, moment):
                assert moment > 0, "the operation has no moment at all"
                return

    def _once(self, scenario, moment):
        steps = scenario()
        operation, *action = next(steps)
        self._action, self._left = (*action, _interrupt)[0], moment
        hook, sys.unraisablehook = sys.unraisablehook, _unraisable
        try:
            with _instructions(self._instruction, self._entries):
                operation()
        except KeyboardInterrupt:
            pass
        finally:
            sys.unraisablehook = hook
        came, where = self._left < 0, self._where
        self._forget()
        try:
            steps.send(came)
        except StopIteration:
            return came
        except BaseException as error:
            error.add_note(f"the moment was {where}")
            raise
        pytest.fail("a scenario has one operation")

    def _instruction(self, frame, offset):
        after = _moments_of(frame.f_code)
        before, self._before[frame] = self._before.get(frame), offset
        if after.get(before) != offset or _in_finalizer(frame):
            return
        self._left -= 1
        if self._left == -1:
            self._before.clear()
            self._where = f"{frame.f_code.co_qualname}, line {frame.f_lineno}, at {offset}"
            self._action()


def _interrupt():
    raise KeyboardInterrupt


def _unraisable(ignored):
    if ignored.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(ignored)
        pytest.fail("an error was ignored")


def _in_finalizer(frame):
    while frame is not None:
        if frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


@cache
def _moments_of(code):
    """For each instruction after which a signal can come: the one that it then comes before.

    None stands for an instruction that is not reported: the one that begins a call. CPython
    takes the signal for an error of the instruction before, so the two have to have the same
    exception handler; where they have not, the signal is like an error of a called function.
    """
    after, bytecode = {}, dis.Bytecode(code)

    def handler(offset):
        covering = [e for e in bytecode.exception_entries if e.start <= offset < e.end]
        return [(entry.target, entry.depth) for entry in covering]

    for instruction, following in pairwise(bytecode):
        if instruction.opname.startswith(CHECKING):
            backward = "BACKWARD" in instruction.opname
            offset = instruction.argval if backward else following.offset
            if handler(instruction.offset) == handler(offset):
                after[instruction.offset] = offset
        if instruction.opname == "RESUME" and instruction.arg == 0:
            after[None] = following.offset
    return after


@contextmanager
def _instructions(report, entries):
    """Reports every instruction of the package's code and of entry functions, before it runs."""
    if sys.version_info >= (3, 12):
        with _monitored(report, entries):
            yield
    else:
        with _traced(report):
            yield


@contextmanager
def _traced(report):
    def local(frame, event, argument):
        if event == "opcode":
            report(frame, frame.f_lasti)
        return local

    def call(frame, event, argument):
        if not frame.f_code.co_filename.startswith((PACKAGE, ENTRY)):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return local

    before = sys.gettrace()
    sys.settrace(call)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def _monitored(report, entries):
    monitoring, tool = sys.monitoring, 4
    instruction = monitoring.events.INSTRUCTION
    codes = [*_codes_of_package(), *entries]
    monitoring.use_tool_id(tool, "moments")
    monitoring.register_callback(
        tool, instruction, lambda code, offset: report(sys._getframe(1), offset)
    )
    for code in codes:
        monitoring.set_local_events(tool, code, instruction)
    try:
        yield
    finally:
        monitoring.register_callback(tool, instruction, None)
        for code in codes:
            monitoring.set_local_events(tool, code, 0)
        monitoring.free_tool_id(tool)


@cache
def _codes_of_package():
    codes, waiting = set(), []
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "sidetable_core":
            waiting += vars(module).values()
    while waiting:
        value = waiting.pop()
        if isinstance(value, CodeType):
            if value.co_filename.startswith(PACKAGE) and value not in codes:
                codes.add(value)
                waiting += value.co_consts
        elif isinstance(value, FunctionType):
            waiting.append(value.__code__)
        elif isinstance(value, property):
            waiting += [value.fget]
        elif isinstance(value, classmethod | staticmethod):
            waiting.append(value.__func__)
        elif isinstance(value, type) and value.__module__.startswith("sidetable_core"):
            waiting += [item for item in vars(value).values() if not isinstance(item, type)]
    return codes


@pytest.fixture
def moments():
    """The moments inside the package's code; see `Moments`."""
    # What there is already can not be garbage of the test's, so no collection has to look at it.
    gc.collect()
    gc.freeze()
    yield Moments()
    gc.unfreeze()


@pytest.fixture
def names():
    """PyTorch's names, on their one table, which is left as it was found: empty."""
    dynamo.reset_user_object_tracking()
    yield dynamo
    dynamo.reset_user_object_tracking()
    assert not dynamo.has_user_objects()
    assert not dynamo.index_to_external_object_weakref
