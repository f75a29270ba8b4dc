"""Moments: every place of an implementation at which a signal or a finalizer can come."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.moments.eval_breaker import CALLS, names_of
from sidetable_conformance.moments.finalizing import FINALIZER, Drop
from sidetable_conformance.moments.moments import Countdown, Moments, raise_error, tell_others
from sidetable_conformance.moments.operations import RESET, STORE
from sidetable_conformance.moments.waiting import WaitsForItself, nobody_waits
from sidetable_conformance.mutants import CorrectTable
from sidetable_conformance.schedules import OwnCode
from sidetable_conformance.targets.target import open_target

OWN = OwnCode()


class Thing:
    """An object that can be weakly referenced."""


class Dying:
    """Calls something when it dies."""

    def __del__(self) -> None:
        gc.isenabled()


def moments_of(operation: Callable[[list[str]], object]) -> list[list[str]]:
    """What an operation has done at each of its moments, when it is interrupted there."""
    done: list[list[str]] = []
    moments = Moments(OWN)
    while moments.interrupted(len(done), partial(operation, steps := [])):
        done.append([*steps])
    return done


def test_an_operation_can_be_interrupted_before_each_call_and_after_it() -> None:
    """Where it begins, and where a function written in C has returned."""

    def operation(steps: list[str]) -> None:
        steps.append("one")
        steps.append("two")

    assert moments_of(operation) == [[], ["one"], ["one", "two"]]


def test_a_class_is_called_like_a_function() -> None:
    """The call of a class of C's is a moment too, which a profiler would not see."""

    def operation(steps: list[str]) -> None:
        steps += ["made"] * len(weakref.ref(Thing()).__class__.__name__[:1])

    assert len(moments_of(operation)) >= 3


def test_a_loop_can_be_interrupted_each_time_it_goes_round() -> None:
    """Also one that calls nothing."""

    def operation(steps: list[str]) -> None:
        for step in ("one", "two"):
            steps += (step,)

    assert moments_of(operation) == [[], ["one"], ["one", "two"]]


def test_the_return_of_a_python_function_is_no_moment() -> None:
    """CPython does not look there; it has looked inside."""

    def called(steps: list[str]) -> None:
        steps += ("called",)

    def operation(steps: list[str]) -> None:
        called(steps)
        steps += ("returned",)

    assert moments_of(operation) == [[], []]


def test_other_peoples_code_has_no_moments() -> None:
    """What the standard library does in between is not the implementation's."""
    moments = Moments(OWN)
    assert not moments.interrupted(0, partial(weakref.finalize(Thing(), print).detach))
    assert moments.came == 0


def test_a_finalizer_has_no_moments() -> None:
    """Python ignores what is raised there, so an interrupt would be lost."""

    def operation(_: list[str]) -> None:
        Dying()

    def empty(_: list[str]) -> None:
        Thing()

    assert len(moments_of(operation)) == len(moments_of(empty))


def test_an_interrupted_callback_is_a_moment_that_nobody_hears_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Python goes on after it; what else cannot be raised is still told."""
    hook = sys.unraisablehook

    def callback(_: object) -> None:
        gc.isenabled()

    def operation(steps: list[str]) -> None:
        thing = Thing()
        watching = weakref.ref(thing, callback)
        del thing
        steps += ["done", str(watching() is None)]

    done = moments_of(operation)
    assert [] in done
    assert ["done", "True"] in done
    assert sys.unraisablehook is hook
    assert capsys.readouterr().err == ""


def test_another_error_in_a_callback_is_told() -> None:
    """Only the interrupt of the kit's own making is kept from whoever listens."""
    heard: list[object] = []
    hook, sys.unraisablehook = sys.unraisablehook, heard.append

    def fails(_: object) -> None:
        raise ValueError

    def operation() -> None:
        thing = Thing()
        watching = weakref.ref(thing, fails)
        del thing
        assert watching() is None

    try:
        Moments(OWN).interrupted(1_000, operation)
    finally:
        sys.unraisablehook = hook
    assert len(heard) == 1


def test_events_are_told_apart() -> None:
    """What the interpreter tells a trace function, told by hand: nothing is measured there."""
    came: list[None] = []
    trace = Moments(OWN).tracer(partial(came.append, None))
    frame = sys._getframe()
    for _ in range(2):
        stepped = trace(frame, "call", None)
        assert frame.f_trace is stepped
        assert frame.f_trace_opcodes
    frame.f_trace = None
    assert len(came) == 2
    names = names_of(frame.f_code)
    call = next(offset for offset, name in names.items() if name in CALLS)
    for offset in (call, 0, call):
        assert stepped(SimpleNamespace(f_lasti=offset), "opcode", None) is stepped
    assert stepped(frame, "return", None) is stepped
    assert len(came) == 3
    elsewhere = SimpleNamespace(f_code=threading.Thread.run.__code__, f_back=None)
    assert trace(elsewhere, "call", None) is None
    finalizer = SimpleNamespace(f_code=Dying.__del__.__code__, f_back=None)
    assert trace(finalizer, "call", None) is None
    stepped(SimpleNamespace(f_lasti=0), "opcode", None)
    assert len(came) == 3


def test_an_interrupt_of_somebody_else_goes_on() -> None:
    """A person who presses Ctrl+C meanwhile is heard."""

    def operation() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Moments(OWN).interrupted(1_000, operation)


def test_the_trace_function_is_put_back() -> None:
    """A debugger or coverage goes on as before."""
    before = sys.gettrace()
    Moments(OWN).interrupted(0, lambda: None)
    assert sys.gettrace() is before


@pytest.mark.parametrize("is_enabled", [True, False])
def test_no_collection_comes_by_itself(is_enabled: bool) -> None:
    """Whether one comes afterwards is as it was."""
    seen: list[bool] = []
    before = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    try:
        Moments(OWN).at(0, lambda: seen.append(gc.isenabled()), lambda: None)
        seen.append(gc.isenabled())
    finally:
        (gc.enable if before else gc.disable)()
    assert seen == [False, is_enabled]


def test_something_else_can_be_done_at_a_moment() -> None:
    """It is done once, and the operation goes on."""
    done: list[str] = []

    def operation() -> None:
        done.append("one")
        done.append("two")

    assert Moments(OWN).at(1, operation, lambda: done.append("action"))
    assert done == ["one", "action", "two"]


def test_what_is_done_is_done_once() -> None:
    """At the moment that was asked for, and not at those after it."""
    error = KeyboardInterrupt()
    countdown = Countdown(1, partial(raise_error, error))
    countdown()
    with pytest.raises(KeyboardInterrupt) as raised:
        countdown()
    assert raised.value is error
    countdown()
    assert countdown.came == 3


def test_one_error_alone_is_not_told() -> None:
    """The rest is for whoever listens."""
    told: list[object] = []
    error, ignored = KeyboardInterrupt(), SimpleNamespace(exc_value=ValueError())
    tell_others(error, told.append, SimpleNamespace(exc_value=error))
    tell_others(error, told.append, ignored)
    assert told == [ignored]


def test_a_thread_that_waits_for_itself_is_told() -> None:
    """A lock that is taken twice would never be free again."""
    with nobody_waits(OWN) as alone:
        lock = threading.Lock()
        with lock, pytest.raises(WaitsForItself), lock:
            pass
        assert alone.waited == 1
        recursive = threading.RLock()
        with recursive, recursive:
            assert alone.waited == 1
    with lock:
        assert not lock.acquire(timeout=0)


def test_another_thread_waits_as_ever() -> None:
    """Only the one that asks is told; what others wait for comes."""
    taken: list[bool] = []
    with nobody_waits(OWN):
        lock = threading.Lock()
        with lock:
            thread = threading.Thread(target=lambda: taken.append(lock.acquire()))
            thread.start()
        thread.join()
    assert taken == [True]


def test_what_never_comes_is_given_up() -> None:
    """Somebody else's code that waits for what nobody does is told as well, after a while."""
    with nobody_waits(OWN, bound=0.01) as alone, pytest.raises(WaitsForItself):
        threading.Event().wait()
    assert alone.waited == 1


def test_a_lock_that_came_free_just_now_is_taken() -> None:
    """Nothing is raised for a lock that another thread has given back."""
    with nobody_waits(OWN) as alone:
        alone.wait_for(lambda: True)
        assert alone.waited == 0


class Cyclic(CorrectTable):
    """Lets what it kept go in a cycle, which only the collector ends."""

    def reset(self) -> None:
        kept: list[object] = [*self._keep_alive]
        kept.append(kept)
        super().reset()


def test_what_dies_later_is_waited_for() -> None:
    """An object that only a collection ends is finalized before anything is looked at."""
    bench = Bench(open_target(lambda: Cyclic("2026.11")), "2026.11")
    drop = Drop(FINALIZER, RESET, STORE)
    assert drop.meanwhile(bench).sight in drop.in_turn(bench)
