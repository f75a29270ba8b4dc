"""Where in a check a fact is required, told by the lines that lead there."""

from __future__ import annotations

import inspect
from functools import partial

import pytest

from sidetable_conformance import RequirementFailed
from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.bench.check import code_of
from sidetable_conformance.bench.places import place_in, place_of
from sidetable_conformance.mutants import CorrectTable
from sidetable_conformance.objects.things import Thing
from sidetable_conformance.targets.target import open_target

WHEN = "after something"


@pytest.fixture
def bench() -> Bench:
    """A bench over a correct table."""
    return Bench(open_target(partial(CorrectTable, "2026.11")), "2026.11")


def test_a_place_is_the_lines_that_lead_to_the_bench() -> None:
    """Whether a fact held or not, it is the same place; a comprehension is no line of its own."""

    def check(bench: Bench) -> None:
        table, thing = bench.fresh(), Thing("a")
        table.store(thing)
        [bench.found(table, index, thing, WHEN) for index in (0, 1)]

    code = code_of(check)
    bench = Bench(open_target(partial(CorrectTable, "2026.11")), "2026.11", code)
    with pytest.raises(RequirementFailed) as failed:
        check(bench)
    line = code.co_firstlineno + 3
    assert bench.places == {((line,), "found"): 1}
    assert place_in(failed.value.__traceback__, code) == (line,)


def test_what_does_not_come_from_a_check_has_no_place_in_it(bench: Bench) -> None:
    """An exception of somebody else's went through none of its lines."""
    code = code_of(lambda bench: None)
    with pytest.raises(RequirementFailed) as failed:
        bench.require(False, WHEN, "a", "b")
    assert place_in(failed.value.__traceback__, code) == ()
    assert place_of(inspect.currentframe(), code)[-1] == failed.traceback[0].lineno + 3
