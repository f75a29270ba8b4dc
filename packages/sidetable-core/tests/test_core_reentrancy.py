"""Operations in the middle of others: each has its whole effect."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource

from .operations import (
    AROUND,
    OPERATIONS,
    OTHERS,
    STARTS,
    A,
    B,
    C,
    D,
    after,
    put_in,
    register,
    reset,
    snapshot,
    stored,
)


def begin_in_a_frame(table):
    """More is registered than a store here binds, and a frame with one object is open."""
    for thing in (A, B, A):
        table.register_user_object(thing, LocalSource(thing.name))
    return table.frame(B)


@pytest.mark.parametrize("start", [*STARTS, begin_in_a_frame])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_in_the_middle_of_another(moments, operation, start):
    """Two operations, one at any moment of the other, end as one after the other would."""
    for other in OTHERS:
        right = [
            after(start, (operation, C), (other, D)),
            after(start, (other, D), (operation, C)),
        ]
        if operation in AROUND:
            right.append(after(start, (AROUND[operation], (other, D))))

        def scenario(other=other, right=right):
            table = SideTable()
            with start(table) or nullcontext():
                came = yield lambda: operation(table, C), lambda: other(table, D)
                if came:
                    assert snapshot(table) in right, f"{other.__name__} inside {operation.__name__}"

        moments.each(scenario)


# Not for registrations: the second may be bound on top of what the first made us take back.
@pytest.mark.parametrize("other", [other for other in OTHERS if other is not register])
@pytest.mark.parametrize("operation", [register, put_in, reset])
def test_operation_in_the_middle_of_another_twice(moments, operation, other):
    """The same with two operations at two moments of a third, in one of the three orders."""
    steps = [(other, D), (other, B)]
    right = [
        after(stored, *steps[:position], (operation, C), *steps[position:]) for position in range(3)
    ]
    for apart in range(12):

        def scenario(apart=apart):
            table, waiting = SideTable(), [D, B]
            stored(table)

            def action():
                other(table, waiting.pop(0))
                if waiting:
                    moments.again(apart)

            yield lambda: operation(table, C), action
            if not waiting:
                assert snapshot(table) in right, f"{apart} moments apart"

        moments.each(scenario)
