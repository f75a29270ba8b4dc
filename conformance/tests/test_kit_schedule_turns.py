"""The turns of a schedule's threads: which orders there are, and what ends badly."""

from __future__ import annotations

import dis
import gc
import sys
import threading
from contextvars import ContextVar
from functools import partial
from types import SimpleNamespace

import pytest

from sidetable_conformance import NotTestable
from sidetable_conformance.errors import CouldNotRun
from sidetable_conformance.own_code import Boundaries, seen_offsets
from sidetable_conformance.schedules import OwnCode, Scenario, Schedule, Segment, explore, replay

HERE = OwnCode(sys.modules[__name__])
LEVELS = pytest.mark.parametrize("code", [None, HERE], ids=["operations", "bytecodes"])


def never_wrong(_seen):
    """Finds nothing wrong."""
    return ""


@pytest.mark.parametrize(
    ("counts", "preemptions", "orders"),
    [
        ({"a": 2, "b": 2}, 0, 2),
        ({"a": 2, "b": 2}, 1, 4),
        ({"a": 2, "b": 2}, 2, 6),
        ({"a": 3, "b": 3}, 2, 14),
        ({"a": 1, "b": 1, "c": 1}, 0, 6),
        ({"a": 2, "b": 1, "c": 1}, 1, 12),
        ({"a": 2, "b": 2, "c": 1}, 4, 30),
        ({"a": 1}, 2, 1),
    ],
)
def test_every_order_is_run_once(counts, preemptions, orders):
    """As many orders as there are with so many preemptions, each by one schedule."""
    seen = []

    def make():
        order = []
        bodies = [[partial(order.append, name)] * count for name, count in counts.items()]
        return Scenario(bodies, lambda _: seen.append(tuple(order)) or "")

    found = explore(make, preemptions=preemptions)
    assert len(set(seen)) == len(seen) == found.schedules == orders
    assert found.complete


@LEVELS
def test_bodies_give_an_outcome_for_each_operation(code):
    """What it returned or raised; an error, even one to exit by, does not end a body."""

    def leave():
        raise SystemExit(3)

    def make():
        def verdict(seen):
            shown = [[str(outcome) for outcome in outcomes] for outcomes in seen]
            expected = [["SystemExit: 3", "5"], ["None", "KeyError: 'a'"]]
            return "" if shown == expected else str(shown)

        return Scenario([[leave, lambda: 5], [lambda: None, lambda: {}["a"]]], verdict)

    assert explore(make, code).failure is None


@LEVELS
def test_each_body_runs_in_an_empty_context_and_a_new_thread(code):
    """No schedule finds what another one left in a context or a thread, nor the caller's."""
    here = threading.get_ident()
    variable, local = ContextVar("variable"), threading.local()
    variable.set("by the caller")

    def body():
        found = variable.get(None), getattr(local, "value", None), threading.get_ident() == here
        variable.set("by a body")
        local.value = "by a body"
        return found

    def make():
        variable.set("by the scenario")

        def verdict(seen):
            found = [outcomes[0].value for outcomes in seen]
            return "" if found == [(None, None, False)] * 2 else str(found)

        return Scenario([[body], [body]], verdict)

    assert explore(make, code, preemptions=1).failure is None
    assert variable.get() == "by the caller"


def test_a_turn_that_never_ends_is_not_testable():
    """A body that goes round and round is unwound, and so is the one that was preempted."""
    ended = []

    def round_and_round():
        try:
            while True:
                ended.clear()
        finally:
            ended.append("first")

    def make():
        def wait():
            try:
                return len(ended)
            finally:
                ended.append("second")

        return Scenario([[wait], [round_and_round]], never_wrong)

    with pytest.raises(NotTestable, match="thread 1 passed 100000 boundaries in one turn"):
        replay(make, "0:2", HERE)
    assert sorted(ended) == ["first", "second"]


def test_waiting_for_what_is_no_lock_of_the_kits_could_not_run():
    """A lock that nobody could replace: both bodies are unwound, which gives it back."""
    lock = threading.Lock()  # made before, and only this function knows of it

    def body():
        with lock:
            return lock.locked()

    with pytest.raises(CouldNotRun, match=r"could not run: thread [01], which may wait"):
        explore(lambda: Scenario([[body], [body]], never_wrong), HERE, longest_turn=0.05)
    assert not lock.locked()


def test_a_thread_that_can_not_be_stopped_could_not_run():
    """It is told, and when it comes back it does not go on."""
    lock, gone = threading.Lock(), []
    lock.acquire()
    body = [lock.acquire, partial(gone.append, "on")]
    with pytest.raises(CouldNotRun, match="could not run: threads 0 of a schedule"):
        explore(lambda: Scenario([body, body], never_wrong), longest_turn=0.05, longest_end=0.05)
    lock.release()
    for thread in threading.enumerate():
        if thread.name == "sidetable schedule":
            thread.join()
    assert gone == []


def test_assigning_what_had_a_value_is_a_boundary():
    """What had one may die by it; a variable's first value takes the place of none."""

    def body(given, *more, named=0):
        first = given
        given = more = named = first.one
        for step in first:
            inside = step
            if inside is None:
                break
        twice = first.two
        twice = first.three
        return given, more, named, twice

    offsets = seen_offsets(body.__code__)
    seen = [
        instruction.argval
        for instruction in dis.get_instructions(body)
        if instruction.offset in offsets and instruction.opname.startswith("STORE_FAST")
    ]
    names = {name for value in seen for name in (value if isinstance(value, tuple) else [value])}
    assert {"given", "more", "named", "step", "inside", "twice"} <= names
    assert "first" not in names


def test_branching_on_what_may_be_any_object_is_a_boundary():
    """A jump after `is` asks nobody; one to which two ways lead may ask an object for its truth."""

    def by_identity(given):
        return 1 if given is None else 2

    def by_truth(given, other):
        return 1 if (given is other or given) else 2

    def jumps(function):
        offsets = seen_offsets(function.__code__)
        return [
            instruction.offset in offsets
            for instruction in dis.get_instructions(function)
            if instruction.opname.startswith(("POP_JUMP", "TO_BOOL"))
        ]

    assert not any(jumps(by_identity))
    assert any(jumps(by_truth))


def test_no_collection_comes_while_bodies_run():
    """When one comes depends on what the process did before; after each schedule one does."""
    dead = []

    class Circle:
        def __init__(self):
            self.itself = self

        def __del__(self):
            dead.append(threading.current_thread() is threading.main_thread())

    def make():
        return Scenario([[lambda: Circle() and gc.isenabled()]], lambda seen: str(seen[0][0].value))

    assert explore(make).failure.wrong == "False"
    assert dead == [True]


def test_boundaries_are_in_the_implementations_own_code():
    """There a frame asks for the events of its bytecodes; elsewhere none does."""
    called = []
    trace = Boundaries(HERE).tracer(partial(called.append, None))
    frame = sys._getframe()
    for _ in range(2):
        stepped = trace(frame, "call", None)
        assert frame.f_trace is stepped
        assert frame.f_trace_opcodes
    frame.f_trace = None
    assert stepped(frame, "return", None) is stepped
    for offset in range(len(frame.f_code.co_code)):
        stepped(SimpleNamespace(f_lasti=offset), "opcode", None)
    assert len(called) == len(seen_offsets(frame.f_code))
    stepped = Boundaries(HERE).tracer([].pop)(frame, "call", None)
    frame.f_trace = None
    at_boundary = SimpleNamespace(f_lasti=max(seen_offsets(frame.f_code)), f_back=frame)
    with pytest.raises(IndexError):
        stepped(at_boundary, "opcode", None)
    assert not frame.f_trace_opcodes
    assert trace(SimpleNamespace(f_code=threading.Thread.run.__code__), "call", None) is None


@pytest.mark.parametrize("text", ["", "0:", "0:0", "0,1", "0  1", "a:1", "0:1\n", "٣"])
def test_only_a_schedules_name_is_one(text):
    """Anything else is refused, and shown in a safe way."""
    with pytest.raises(ValueError, match="is not a schedule; write one like"):
        Schedule.parse(text)


def test_a_schedules_name_is_read_back():
    """What is written is what was read."""
    schedule = Schedule((Segment(0, 17), Segment(2), Segment(1, 4)))
    assert str(schedule) == "0:17 2 1:4"
    assert Schedule.parse(str(schedule)) == schedule
    assert schedule.preemptions == 2
