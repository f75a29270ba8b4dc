"""Every schedule of two threads: the faulty tables are found, the right ones are not."""

from __future__ import annotations

import gc
import sys
import threading
from functools import partial

import pytest

from sidetable_conformance import KitError
from sidetable_conformance.schedules import OwnCode, Scenario, Schedule, explore, replay
from sidetable_conformance.tables.core import CorrectTable

from . import tables_of_threads
from .interleaved import (
    death_against_lookup,
    frame_against_lookup,
    own_stores_against_each_other,
    registration_against_registration,
    scenario,
    shorter_store_against_lookup,
    store_against_lookup,
    two_stores_against_two_lookups,
)
from .tables_of_threads import (
    LOCK,
    ClearThenFillTable,
    ContextTable,
    CountingTable,
    GlobalTable,
    HalfLockedTable,
    LateFrameTable,
    SliceTable,
    SwapTable,
    TwiceTable,
)

pytestmark = pytest.mark.slow

FAULTS = [
    (ClearThenFillTable, store_against_lookup, "a lookup raised LookupError: 0"),
    (ClearThenFillTable, two_stores_against_two_lookups, "a lookup raised LookupError: 0"),
    (SliceTable, shorter_store_against_lookup, "a lookup raised IndexError: "),
    (TwiceTable, death_against_lookup, "a lookup gave None"),
    (GlobalTable, own_stores_against_each_other, "a lookup gave Thing '1'"),
    (HalfLockedTable, store_against_lookup, "a lookup raised LookupError: 0"),
    (CountingTable, registration_against_registration, "the indices are 0, 0"),
    (LateFrameTable, frame_against_lookup, "a lookup raised LookupError: 0"),
]

RIGHT = [
    (SwapTable, store_against_lookup),
    (SwapTable, shorter_store_against_lookup),
    (SwapTable, death_against_lookup),
    (SwapTable, frame_against_lookup),
    (SwapTable, registration_against_registration),
    (GlobalTable, store_against_lookup),
    (ContextTable, store_against_lookup),
    pytest.param(ContextTable, own_stores_against_each_other, marks=pytest.mark.deep),
]


@pytest.mark.parametrize(("table", "function", "wrong"), FAULTS)
def test_a_fault_is_found_and_replayed(table, function, wrong):
    """Each fault shows in some schedule, which fails again when it alone is run."""
    make, code = scenario(function, table), OwnCode(table)
    found = explore(make, code)
    assert not found.complete
    assert found.failure.wrong.startswith(wrong)
    assert replay(make, found.failure.schedule, code) == found.failure


@pytest.mark.parametrize(("table", "function"), RIGHT)
def test_what_is_right_is_right_in_every_schedule(table, function):
    """No schedule makes a right table fail, and many are run."""
    found = explore(scenario(function, table), OwnCode(table))
    assert found.failure is None
    assert found.complete
    assert found.schedules > 50
    assert found.boundaries > found.schedules


@pytest.mark.parametrize("table", [SwapTable, TwiceTable, GlobalTable])
def test_exploring_twice_gives_the_same(table):
    """Counts, the failing schedule and its text are the same to the byte."""
    make, code = scenario(death_against_lookup, table), OwnCode(table)
    assert repr(explore(make, code)) == repr(explore(make, code))


def test_fewest_preemptions_come_first():
    """A fault that needs one preemption is found by a schedule with one."""
    make, code = scenario(store_against_lookup, ClearThenFillTable), OwnCode(ClearThenFillTable)
    assert explore(make, code, preemptions=0).failure is None
    found = explore(make, code, preemptions=1)
    assert found == explore(make, code)
    assert found.failure.schedule.startswith("0:")
    assert " " not in found.failure.schedule


def test_a_fault_that_needs_two_preemptions_is_found():
    """A reader that sees both of two writes has stopped the writer, and was stopped itself."""

    def make():
        shared, kept = ["a"], []

        def change():
            shared[0] = "b"
            shared[0] = "c"

        def watch():
            kept.append(shared[0])
            kept.append(shared[0])

        return Scenario([[change], [watch]], lambda _: "it saw both" if kept == ["b", "c"] else "")

    code = OwnCode(sys.modules[__name__])
    assert explore(make, code, preemptions=1).failure is None
    found = explore(make, code)
    assert Schedule.parse(found.failure.schedule).preemptions == 2
    assert replay(make, found.failure.schedule, code) == found.failure


def test_the_limit_ends_an_exploration():
    """It is not complete then, and says how many were run."""
    make, code = scenario(store_against_lookup, SwapTable), OwnCode(SwapTable)
    found = explore(make, code, limit=7)
    assert (found.schedules, found.complete, found.failure) == (7, False, None)


def test_nothing_explored_is_an_error_of_the_kit():
    """An implementation none of whose bytecode is seen is no pass."""
    make, code = scenario(store_against_lookup, partial(CorrectTable, "2026.11")), OwnCode()
    with pytest.raises(KitError, match="passed no boundary"):
        explore(make, code)
    with pytest.raises(KitError, match="passed no boundary"):
        replay(make, "0", code)
    assert explore(make, OwnCode(CorrectTable), preemptions=0).complete


def test_replaying_wants_a_schedule_that_can_be_followed():
    """A text that is none, and one in which a thread ends before it is preempted."""
    make, code = scenario(store_against_lookup, SwapTable), OwnCode(SwapTable)
    with pytest.raises(ValueError, match="'0:x' is not a schedule"):
        replay(make, "0:x", code)
    for name in ("0:999", "0 0", "2", "0:999 1"):
        with pytest.raises(ValueError, match=f"schedule {name} cannot be followed"):
            replay(make, name, code)
    assert replay(make, "0:1 1:1", code) is None


def test_operations_are_boundaries_without_code():
    """What has no bytecode is explored between operations, wherever it was made."""

    def lost_update():
        shared = {"count": 0}

        def body():
            read = []
            return [
                lambda: read.append(shared["count"]),
                lambda: shared.update(count=read[0] + 1),
            ]

        return Scenario([body(), body()], lambda _: "" if shared["count"] == 2 else "lost")

    found = explore(lost_update)
    assert (found.schedules, str(found.failure)) == (3, "schedule 0:1: lost")
    assert explore(lost_update, preemptions=0).complete


@pytest.mark.parametrize("enabled", [True, False])
def test_exploring_leaves_everything_as_it_was(enabled):
    """The collector, the locks that modules make and have, the trace function, the threads."""
    before = gc.isenabled(), threading.Lock, threading.RLock, LOCK, sys.gettrace()
    (gc.enable if enabled else gc.disable)()
    try:
        for function in (own_stores_against_each_other, store_against_lookup):
            explore(scenario(function, GlobalTable), OwnCode(GlobalTable), preemptions=1)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before[0] else gc.disable)()
    assert before[1:] == (threading.Lock, threading.RLock, tables_of_threads.LOCK, sys.gettrace())
    assert not any(thread.name == "sidetable schedule" for thread in threading.enumerate())
