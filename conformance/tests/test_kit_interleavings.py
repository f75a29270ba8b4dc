"""Every case in which two threads use one table, right and wrong."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from sidetable_conformance.interleavings import CASES, explore_case, replay_case
from sidetable_conformance.interleavings.exploring import own_code
from sidetable_conformance.mutants import IsolatedTable
from sidetable_conformance.targets.target import open_target

from .implementations.like_pytorch import LikePyTorch
from .implementations.threads import ThreadTable

BY_NAME = {case.name: case for case in CASES}
ISOLATED = partial(IsolatedTable, "2026.11")


class Table(IsolatedTable):
    """A right table, for faults."""

    def __init__(self):
        super().__init__("2026.11")


def wrong(case, make, capabilities=IsolatedTable.capabilities):
    """Returns what is wrong with a table in a case, the same when it is replayed."""
    target = open_target(make, capabilities=capabilities)
    failure = explore_case(BY_NAME[case], target, limit=400).failure
    if failure is not None:
        assert replay_case(case, make, failure.schedule, capabilities) == failure
    return "" if failure is None else failure.wrong


@pytest.mark.parametrize("case", BY_NAME)
@pytest.mark.parametrize("make", [ISOLATED, "sidetable_core:SideTable"])
def test_what_is_right_is_right_in_every_case(case, make):
    """Neither the table that faults are planted in nor the reference fails."""
    assert wrong(case, make) == ""


@pytest.mark.parametrize("case", list(BY_NAME)[:3])
def test_a_binding_for_each_thread_is_right(case):
    """Where nothing is carried over with a context, a lookup's own error is right."""
    assert wrong(case, ThreadTable, ("threads",)) == ""


def test_a_lookup_that_finds_nothing_where_both_bindings_have_an_object():
    """A table that clears and then fills has a moment with nothing in it."""

    class Clears(LikePyTorch):
        pass

    assert wrong("a store against a lookup", Clears, ("threads",)).startswith("a lookup raised ")


def test_a_frame_that_raises():
    """An exception that no lookup raised is told apart."""

    class Refuses(Table):
        def _enter(self, references):
            raise RuntimeError("no frame today")

    said = wrong("a frame against a lookup", Refuses)
    assert said == "a frame raised RuntimeError: no frame today"


def test_a_constructor_that_is_another_ones():
    """Indices may be right, and what they write not."""

    class Swaps(Table):
        def register_user_object(self, value, source):
            index = super().register_user_object(value, source)
            self._source = source
            self._constructors[index] = lambda codegen: codegen(self._source)
            return index

    said = wrong("two registrations", Swaps)
    assert said == "the constructors are not those of what was registered"


def test_a_constructor_that_writes_nothing():
    """What writes nothing writes no source."""

    class Silent(Table):
        def _constructor(self, kind, index, construct_fn):
            return lambda codegen: None

    assert wrong("two registrations", Silent).startswith("the constructors are not")


def test_what_has_no_python_is_preempted_between_operations():
    """A table whose store and lookup are not in Python is explored more coarsely."""

    class Foreign(Table):
        def __init__(self):
            super().__init__()
            self.store = FOREIGN[0](self)
            self.get = FOREIGN[1](self)

    FOREIGN = (lambda table: map(table, ()).__next__, lambda table: {}.__getitem__)
    target = open_target(Foreign, capabilities=())
    assert own_code(target) is None
    assert own_code(open_target(ISOLATED)) is not None
    assert own_code(open_target(Calls)) is not None


class Operation:
    """Is called as a function is."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *objects):
        return self.function(*objects)


class Calls(Table):
    """A table whose operations are objects that can be called."""

    def __init__(self):
        super().__init__()
        self.store = Operation(super().store)
        self.get = partial(super().get)


def test_threads_that_wait_for_each_other_are_stuck():
    """Then the table is given up instead of being reset, which would wait as well."""

    class Locked(Table):
        def __init__(self):
            super().__init__()
            self._lock = threading.Lock()

        def store(self, *objects):
            self._lock.acquire()
            super().store(*objects)

        def reset(self):
            raise AssertionError("a table that is stuck must not be touched")

    tables = iter([Table(), *(Locked() for _ in range(3))])
    target = open_target(ISOLATED)
    found = explore_case(CASES[0], target, tables=lambda: next(tables), preemptions=0)
    assert found.failure is None or found.is_stuck


def test_a_case_has_to_be_known():
    """A name that is none is refused."""
    with pytest.raises(ValueError, match="there is no case 'a stroe'"):
        replay_case("a stroe", ISOLATED, "0")
