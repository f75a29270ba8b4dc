"""Locks of the implementation: who waits gives the turn away, wherever the lock came from."""

from __future__ import annotations

import _thread
import sys
import threading
from functools import partial

import pytest

import sidetable_conformance
from sidetable_conformance.own_code import CooperativeLock, cooperative_locks
from sidetable_conformance.schedules import OwnCode, Scenario, explore, replay

from . import standing_locks

HERE = OwnCode(sys.modules[__name__])
LEVELS = pytest.mark.parametrize("code", [None, HERE], ids=["operations", "bytecodes"])
NAMES = pytest.mark.parametrize(
    ("module", "name"), [(threading, "Lock"), (threading, "RLock"), (_thread, "allocate_lock")]
)


@NAMES
@LEVELS
def test_what_a_lock_protects_is_never_torn(module, name, code):
    """In no schedule is an update lost, though without the lock it would be."""

    def make(*, protected):
        lock, shared = getattr(module, name)(), [0]

        def body():
            read = []
            steps = [
                lambda: read.append(shared[0]),
                lambda: shared.__setitem__(0, read[0] + 1),
            ]
            return [lock.acquire, *steps, lock.release] if protected else steps

        return Scenario([body(), body()], lambda _: "" if shared == [2] else "an update is lost")

    found = explore(partial(make, protected=True), code)
    assert found.complete
    assert found.failure is None
    assert explore(partial(make, protected=False), code).failure.wrong == "an update is lost"


def test_who_waited_can_be_preempted_again_and_nobody_for_one_who_waits():
    """A schedule names a thread that waits by its number, and what cannot be is refused."""

    def make():
        lock = threading.Lock()
        return Scenario([[lock.acquire, lock.locked, lock.release]] * 3, lambda _: "")

    assert replay(make, "0:2 1 0 1:1 2") is None
    for name in ("0:2 1 2 0 2:1", "0:1 1 2 0:1", "0:1 1 1", "0:1 1:1"):
        with pytest.raises(ValueError, match=f"schedule {name} cannot be followed"):
            replay(make, name)


def test_bodies_that_wait_for_each_other_are_a_failure():
    """Two locks in two orders: the schedule is told, and every thread ends."""
    before = threading.active_count()

    def make():
        one, other = threading.Lock(), threading.Lock()

        def nest(first, second):
            return [first.acquire, second.acquire, second.release, first.release]

        return Scenario([nest(one, other), nest(other, one)], lambda _: "")

    found = explore(make)
    assert str(found.failure) == (
        "schedule 0:1: each thread that has not ended waits for a lock that is taken"
    )
    assert replay(make, "0:1") == found.failure
    assert threading.active_count() == before


@pytest.mark.parametrize("make_lock", ["Lock", "RLock"])
def test_conditions_and_events_give_the_turn_away(make_lock):
    """What is made of locks waits as locks do, and with a time limit not at all."""

    def make():
        condition = threading.Condition(getattr(threading, make_lock)())
        event, given = threading.Event(), []

        def wait():
            with condition:
                while not given:
                    condition.wait()
            return given[0]

        def give():
            with condition:
                given.append(1)
                condition.notify()

        def verdict(seen):
            shown = [str(outcome) for outcomes in seen for outcome in outcomes]
            return "" if shown in (expected("False"), expected("True")) else str(shown)

        def expected(early):
            return ["1", "None", early, "None", "True"]

        return Scenario([[wait, event.set], [partial(event.wait, 1e9), give, event.wait]], verdict)

    found = explore(make)
    assert found.complete
    assert found.failure is None


def test_locks_are_made_cooperative_where_they_stand():
    """In a module, a class, an object, a slot and a closure; afterwards all is as before."""
    locks = standing_locks.locks()
    with cooperative_locks(OwnCode(standing_locks.KEEPER), lambda: None):
        for lock, real in zip(standing_locks.locks(), locks, strict=True):
            assert isinstance(lock, CooperativeLock)
            with lock:
                assert repr(real).startswith("<locked ")
        assert [isinstance(make(), CooperativeLock) for make in standing_locks.makers()] == [1, 1]
        assert not standing_locks.LOCK.locked()
    assert standing_locks.locks() == locks
    assert standing_locks.makers() == (threading.Lock, threading.RLock)


def test_own_code_is_neither_the_librarys_nor_the_kits():
    """What is installed is somebody's own; a class of the kit's is when it is the target."""
    assert OwnCode().covers(pytest.__file__)
    assert not OwnCode().covers(threading.__file__)
    assert not OwnCode().covers("<frozen importlib._bootstrap>")
    assert OwnCode().covers("<string>")
    kit = sys.modules["sidetable_conformance.own_code"].__file__
    other = sys.modules["sidetable_conformance.schedules"].__file__
    assert not OwnCode().covers(kit)
    assert OwnCode(CooperativeLock).covers(kit)
    assert not OwnCode(CooperativeLock).covers(other)
    assert OwnCode(sidetable_conformance).covers(kit)
    source = sys.modules["sidetable_source"].__file__
    assert not OwnCode(sys.modules["sidetable_source"]).covers(source)
