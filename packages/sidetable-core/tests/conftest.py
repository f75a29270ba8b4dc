"""Moments inside the package's own code: when a signal, a finalizer or another thread comes."""

from __future__ import annotations

import dis
import sys
from contextlib import contextmanager
from functools import cache
from itertools import count
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
    Code that runs for a finalizer has none: what it raises is ignored by Python.
    """

    def __init__(self):
        self._entries = []
        self._forget()

    def _forget(self):
        self._before, self._action, self._left = {}, None, -1

    def watch(self, entry):
        """Counts the moments of an entry function too; returns it."""
        self._entries.append(entry.__code__)
        return entry

    def run(self, operation, moment, action):
        """Runs an operation and does something at one of its moments; tells whether it came."""
        self._action, self._left = action, moment
        try:
            with _instructions(self._instruction, self._entries):
                operation()
            return self._left < 0
        finally:
            self._forget()

    def each(self, prepare, action=None):
        """Prepares an operation afresh for each of its moments, and gives what was prepared.

        Args:
            prepare: Returns the operation, and whatever the test looks at afterwards.
            action: What to do, given what was prepared; None for an interrupt.
        """
        for moment in count():
            self._entries.clear()
            operation, *others = prepare()
            try:
                came = self.run(operation, moment, lambda: _act(action, others))
            except KeyboardInterrupt:
                came = True
            if not came:
                assert moment > 0, "the operation has no moment at all"
                return
            yield others

    def _instruction(self, frame, offset):
        before = self._before.get(frame, "RESUME")
        self._before[frame] = _opnames(frame.f_code)[offset]
        if not before.startswith(CHECKING) or _in_finalizer(frame):
            return
        self._left -= 1
        if self._left == -1:
            self._before.clear()
            self._action()


def _act(action, prepared):
    if action is None:
        raise KeyboardInterrupt
    action(*prepared)


def _in_finalizer(frame):
    while frame is not None:
        if frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


@cache
def _opnames(code):
    return {instruction.offset: instruction.opname for instruction in dis.get_instructions(code)}


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
    return Moments()


@pytest.fixture
def names():
    """PyTorch's names, on their one table, which is left as it was found: empty."""
    dynamo.reset_user_object_tracking()
    yield dynamo
    dynamo.reset_user_object_tracking()
    assert not dynamo.has_user_objects()
    assert not dynamo.index_to_external_object_weakref
