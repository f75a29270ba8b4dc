"""Every case, without the repair and with it."""

from __future__ import annotations

import pytest
import torch

from sidetable_torch.cases import CASES, Tally

# What PyTorch's own table gets right; that has to stay.
RIGHT_BEFORE = {
    "asyncio tasks on one thread",
    "backward that looks up: A, backward A",
    "backward that looks up: in another thread",
    "backward that looks up: two reentrant checkpoints",
    "backward that looks up: the caller has dropped the module",
    "the backend runs a compiled function",
    "a graph break",
    "recompiling for other shapes",
    "torch.compiler.reset()",
    "compiled modules",
    "a stream is made in the graph and returned",
    "a stream is passed in and returned",
    "an event is passed in and returned",
    "the module is dropped while the graph runs",
    "modules can be collected when the user drops them",
    "PyTorch's names called by hand",
    "lookups of what died and of what never was",
    "a forked process",
}


def possible(case):
    """The case on each backend that can do it; coverage takes long, and is measured on one."""
    backends = [backend for backend in case.backends if backend not in case.refused]
    measured = {"aot_eager"} if "aot_eager" in backends else set(backends[:1])
    for backend in backends:
        marks = () if backend in measured else pytest.mark.no_cover
        yield pytest.param(case, backend, id=f"{case.name}, {backend}", marks=marks)


POSSIBLE = [value for case in CASES for value in possible(case)]

# The report shows all of them without the repair as well; one backend each shows the faults here.
FIRST = {id(value.values[0]): value for value in reversed(POSSIBLE)}.values()


@pytest.mark.parametrize(("case", "backend"), POSSIBLE)
def test_everything_is_right_with_the_repair(case, backend):
    """Every result is the expected one, nothing raises, and nothing is left out."""
    tally = case.count(backend, repaired=True)
    assert tally.is_right, (str(tally), tally.errors)


@pytest.mark.no_cover  # it takes long, and runs nothing that the test above does not
@pytest.mark.parametrize(("case", "backend"), FIRST)
def test_what_it_repairs_is_broken_without_it(case, backend):
    """A case that PyTorch gets right by itself is known as one; every other one fails."""
    tally = case.count(backend, repaired=False)
    assert tally.is_right == (case.name in RIGHT_BEFORE), (str(tally), tally.errors)


def test_every_case_is_named_once():
    """What is known to be right names cases, and no case stands in the report twice."""
    found = [case.name for case in CASES]
    assert len(found) == len(set(found))
    assert set(found) >= RIGHT_BEFORE


def test_a_case_that_fails_outside_of_its_counting_is_counted():
    """An error that no expectation stands around is an error of the case."""
    case = next(case for case in CASES if case.name == "the current stream")
    tally = case.count("eager", repaired=True)
    assert (tally.right, tally.wrong, tally.raised) == (0, 0, 1)


@pytest.mark.parametrize(
    ("tally", "text"),
    [
        (Tally(), "nothing"),
        (Tally(right=2), "2 right"),
        (Tally(right=1, wrong=2, raised=3), "1 right, 2 wrong, 3 raised"),
    ],
)
def test_a_tally_says_what_was_counted(tally, text):
    """Numbers that are zero are left out."""
    assert str(tally) == text


def test_a_tally_counts_what_comes_out():
    """The expected result, another one, and an error; what is a tensor counts as a whole."""
    tally = Tally()
    for factor in (2.0, torch.full((2,), 2.0), torch.tensor([2.0, 3.0]), 3.0):
        tally.expect(2.0, lambda: factor)  # noqa: B023  # called at once
    tally.expect(2.0, lambda: 1 / 0)
    assert (tally.right, tally.wrong, tally.raised) == (2, 2, 1)
    assert tally.errors == {"ZeroDivisionError: division by zero"}


def test_an_error_that_does_not_come_is_wrong():
    """As is one of the kind that says something else; one of another kind is counted as raised."""
    tally = Tally()
    tally.expect_error(ZeroDivisionError, lambda: 1 / 0, "by zero")
    tally.expect_error(ZeroDivisionError, lambda: 1 / 1)
    tally.expect_error(ZeroDivisionError, lambda: 1 / 0, "by one")
    tally.expect_error(KeyError, lambda: 1 / 0)
    assert (tally.right, tally.wrong, tally.raised) == (1, 2, 1)


def test_nothing_counted_is_not_right():
    """A case that has checked nothing has shown nothing."""
    assert not Tally().is_right
