"""A fork in the middle of an operation: both processes finish it, each for itself."""

from __future__ import annotations

import os
import warnings

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource

from .operations import A, B, C, D, snapshot, stored

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")


def register(table):
    """A registration where two objects are bound."""
    table.register_user_object(C, LocalSource("c"))
    return snapshot(table)


def store(table):
    """A store over another one."""
    table.store(C, D)
    return snapshot(table)


def set_one(table):
    """A set of one of two."""
    table.set(1, C)
    return snapshot(table)


def frame(table):
    """A frame entered and left, with what is found in it."""
    with table.frame(C) as opened:
        inside = snapshot(table), table.resolve(opened.handle, 0).name
    return inside, snapshot(table)


def enter_snapshot(table):
    """A snapshot taken, entered and left."""
    taken = table.snapshot()
    table.store(D)
    with taken:
        inside = snapshot(table)
    return inside, snapshot(table)


def reset(table):
    """A reset."""
    table.reset()
    return snapshot(table)


def fork():
    """Forks, and returns what `os.fork` does, although other threads of the runner may live."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


@pytest.mark.parametrize("operation", [register, store, set_one, frame, enter_snapshot, reset])
def test_both_go_on_as_if_alone(operation):
    """After a fork inside a frame, the child and the parent each find what one process does."""
    alone, table = SideTable(), SideTable()
    stored(alone)
    with alone.frame(C):
        expected = operation(alone)
    stored(table)
    with table.frame(C):
        child = fork()
        right = operation(table) == expected
        if child == 0:
            os._exit(not right)
    _, status = os.waitpid(child, 0)
    assert right
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_child_does_not_change_its_parent():
    """What it stores after the fork is its own."""
    table = SideTable()
    stored(table)
    child = fork()
    if child == 0:
        table.store(D, C)
        os._exit([table.get(0), table.get(1)] != [D, C])
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert [table.get(0), table.get(1)] == [A, B]
