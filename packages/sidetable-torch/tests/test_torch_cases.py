"""Every case, without the repair and with it."""

from __future__ import annotations

import pytest
import torch

import report
from case import Case, Tally
from report import CASES, VERSION
from threads import SERVER

# What PyTorch gets right by itself depends on its version, and is in the results of the report.
BEFORE = {(row.case, row.backend): row.before for row in report.read() if row.version == VERSION}


def possible(cases):
    """The cases on each backend that can do them; coverage is measured on one."""
    for case in cases:
        backends = [backend for backend in case.backends if backend not in case.impossible]
        measured = ["aot_eager"] if "aot_eager" in backends else backends[:1]
        for backend in backends:
            marks = [] if backend in measured else [pytest.mark.no_cover]
            if backend == "inductor":
                marks.append(pytest.mark.inductor)
            yield pytest.param(case, backend, id=f"{case.name}, {backend}", marks=marks)


# The report runs the server, which takes long, and every backend without the repair; here the
# faults are shown on one backend of each case.
POSSIBLE = list(possible(case for case in CASES if case is not SERVER))
FIRST = {id(value.values[0]): value for value in reversed(POSSIBLE)}.values()


@pytest.mark.parametrize(("case", "backend"), POSSIBLE)
def test_everything_is_right_with_the_repair(case, backend):
    """Every result is the expected one, nothing raises, and nothing is left out."""
    tally = case.count(backend, repaired=True)
    assert tally.is_right, (str(tally), tally.errors)


@pytest.mark.no_cover  # it takes long, and runs nothing that the test above does not
@pytest.mark.skipif(not BEFORE, reason="the report has not been written for this version")
@pytest.mark.parametrize(("case", "backend"), FIRST)
def test_what_it_repairs_is_broken_without_it(case, backend):
    """A case is right by itself if it was when the report was written, and else it fails."""
    tally = case.count(backend, repaired=False)
    expected = BEFORE[case.name, backend]
    assert tally.is_right == expected.is_right, (str(tally), tally.errors)


def test_a_case_that_fails_outside_of_its_counting_is_counted():
    """An error that no expectation stands around is an error of the case."""

    def failing(backend, tally):
        raise ArithmeticError(backend)

    tally = Case("a case", failing).count("eager", repaired=True)
    assert tally.counts == {"raised": 1}
    assert tally.errors == {"ArithmeticError: eager"}


@pytest.mark.parametrize(
    ("tally", "text", "word"),
    [
        (Tally(), "nothing", "nothing"),
        (Tally(right=2), "2 right", "right"),
        (Tally(right=1, refused=1), "1 right, 1 refused", "refused"),
        (Tally(right=1, wrong=2, raised=3), "1 right, 2 wrong, 3 raised", "wrong"),
    ],
)
def test_a_tally_says_what_was_counted(tally, text, word):
    """Numbers that are zero are left out; the word is that of the worst."""
    assert (str(tally), tally.word) == (text, word)


def test_a_tally_counts_what_comes_out():
    """The expected result, another one, and an error; what is a tensor counts as a whole."""
    tally = Tally()
    for factor in (2.0, torch.full((2,), 2.0), torch.tensor([2.0, 3.0]), 3.0):
        tally.expect(2.0, lambda: factor)  # noqa: B023  # called at once
    tally.expect(2.0, lambda: 1 / 0)
    assert tally.counts == {"right": 2, "wrong": 2, "raised": 1}
    assert tally.errors == {"ZeroDivisionError: division by zero"}


def test_an_error_that_does_not_come_is_wrong():
    """As is one of the kind that says something else; one of another kind is counted as raised."""
    tally = Tally()
    tally.expect_error(ZeroDivisionError, lambda: 1 / 0, "by zero")
    tally.expect_error(ZeroDivisionError, lambda: 1 / 1)
    tally.expect_error(ZeroDivisionError, lambda: 1 / 0, "by one")
    tally.expect_error(KeyError, lambda: 1 / 0)
    assert tally.counts == {"right": 1, "wrong": 2, "raised": 1}


def test_a_refusal_is_right_only_where_it_is_expected():
    """By what it says, and by its type."""

    def refuse(kind):
        raise kind("no longer alive")

    tally = Tally()
    tally.expect(1, lambda: refuse(LookupError), refusal=(LookupError, "no longer alive"))
    assert tally.is_right
    tally.expect(1, lambda: refuse(LookupError))
    tally.expect(1, lambda: refuse(LookupError), refusal=(LookupError, "not registered"))
    tally.expect(1, lambda: refuse(ValueError), refusal=(LookupError, "no longer alive"))
    assert tally.counts == {"refused": 1, "raised": 3}


def test_nothing_counted_is_not_right():
    """A case that has checked nothing has shown nothing."""
    assert not Tally().is_right
