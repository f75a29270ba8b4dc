"""Every case in which two threads use one table, right and wrong."""

from __future__ import annotations

import re
import threading
from functools import partial

import pytest

from sidetable_conformance import Session, Verdict
from sidetable_conformance.driver import open_target
from sidetable_conformance.errors import CouldNotRun
from sidetable_conformance.interleavings import CASES, explore_case, own_code, replay_case
from sidetable_conformance.rules.isolation import every_interleaving as rule
from sidetable_conformance.tables.isolated import IsolatedTable

from .implementations.like_pytorch import LikePyTorch
from .implementations.threads import ThreadTable

LESS = ("tables", "frames", "entries", "hold", "snapshots", "handles")
"""What a module of functions is not meant to have."""

pytestmark = pytest.mark.slow

BY_NAME = {case.name: case for case in CASES}
ISOLATED = partial(IsolatedTable, "2026.11")


class Table(IsolatedTable):
    """A right table, for faults."""

    def __init__(self):
        super().__init__("2026.11")


def wrong(case, make, without=(), limit=400):
    """Returns what is wrong with a table in a case, the same when it is replayed."""
    target = open_target(make, without=without)
    failure = explore_case(BY_NAME[case], target, limit=limit).failure
    if failure is not None:
        assert replay_case(case, make, failure.schedule, without) == failure
    return "" if failure is None else failure.wrong


MORE = pytest.mark.parametrize("limit", [50, pytest.param(400, marks=pytest.mark.deep)])


@MORE
@pytest.mark.parametrize("case", BY_NAME)
@pytest.mark.parametrize("make", [ISOLATED, "sidetable_core:SideTable"])
def test_what_is_right_is_right_in_every_case(case, make, limit):
    """Neither the table that faults are planted in nor the reference fails."""
    assert wrong(case, make, limit=limit) == ""


@pytest.mark.deep
@pytest.mark.parametrize("case", list(BY_NAME)[:2])
def test_the_reference_is_right_in_really_every_schedule(case):
    """All that have up to two preemptions, where the check stops at a number."""
    target = open_target("sidetable_core:SideTable")
    found = explore_case(BY_NAME[case], target)
    assert found.complete
    assert found.failure is None


@MORE
@pytest.mark.parametrize("case", list(BY_NAME)[:3])
def test_a_binding_for_each_thread_is_right(case, limit):
    """Where nothing is carried over with a context, a lookup's own error is right."""
    assert wrong(case, ThreadTable, ("threads",), limit=limit) == ""


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


def test_a_frame_that_raises_when_it_is_left():
    """Then nobody asks what a lookup by its handle came to."""

    class Refuses(Table):
        def _leave(self, entry, error):
            raise RuntimeError("not today")

    said = wrong("a frame that ends against a lookup by its handle", Refuses)
    assert said == "leaving the frame raised RuntimeError: not today"


def test_a_snapshot_that_raises_when_it_is_left():
    """It has to be left in its turn, whatever another thread does."""

    class Refuses(Table):
        def _leave(self, entry, error):
            raise RuntimeError("not today")

    said = wrong("a snapshot that two leave, one of them while a frame inside it is open", Refuses)
    assert said.startswith("leaving it came to RuntimeError: not today, and with a frame inside to")


def test_a_lookup_of_what_another_thread_has_registered():
    """The indices and the constructors are right, and what an index means is not."""

    class Mistakes(Table):
        def get(self, index):
            return super().get(1 - index)

    said = wrong("two registrations", Mistakes)
    assert re.match(r"in thread [01], which has index [01], a lookup ", said)


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
    """Whether a table's store or its lookup is in Python decides how finely it is explored."""

    class Foreign(Table):
        store = get = property(lambda self: {}.get)

    assert own_code(open_target(Foreign)) is None
    for make in (ISOLATED, Calls):
        assert own_code(open_target(make)) is not None


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


class Crossed(Table):
    """Takes two locks, in one order to store and in the other to look up."""

    def __init__(self):
        super().__init__()
        self.one, self.other = threading.Lock(), threading.Lock()

    def store(self, *objects):
        self.one.acquire()
        self.other.acquire()
        super().store(*objects)
        self.other.release()
        self.one.release()

    def get(self, index):
        self.other.acquire()
        self.one.acquire()
        try:
            return super().get(index)
        finally:
            self.one.release()
            self.other.release()

    def reset(self):
        with self.one:
            super().reset()


def every_interleaving():
    """Returns how a table's verdict on every interleaving is found."""
    session = Session(Crossed, profile="isolation", without=LESS)
    [row] = [row for row in session.requirements if row.id == "isolation.every-interleaving"]
    return session.judge_alone(row)


def test_threads_that_wait_for_each_other_are_stuck():
    """The table is given up then instead of being reset, which would wait as well."""
    result = every_interleaving()
    assert result.verdict is Verdict.FAIL
    assert ": each thread that has not ended waits for a lock that is taken, where" in result.seen


def test_a_turn_that_does_not_end_is_no_verdict(monkeypatch):
    """Nothing is said about the table then, and it is given up too."""

    def never_ends(*_, tables, **__):
        tables()
        raise CouldNotRun("thread 0", 60)

    monkeypatch.setattr(rule, "explore_case", never_ends)
    assert every_interleaving().verdict is Verdict.ERROR


def test_a_case_has_to_be_known():
    """A name that is none is refused."""
    with pytest.raises(ValueError, match="there is no case 'a stroe'"):
        replay_case("a stroe", ISOLATED, "0")
