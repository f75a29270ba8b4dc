"""PyTorch's own table, watched while the cases of the report before and after the repair run."""

from __future__ import annotations

import contextlib
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch

import sidetable_torch
from sidetable_conformance import live

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).resolve().parents[3]
# Scripts, and no package: what the report counts is what is watched.
sys.path.insert(0, str(ROOT / "packages" / "sidetable-torch" / "evidence"))

import backward  # noqa: E402
import lifetimes  # noqa: E402
import nesting  # noqa: E402
import threads  # noqa: E402
from case import Case, Tally  # noqa: E402
from scaling import Scale, one  # noqa: E402

TARGET = "torch._dynamo.graph_bytecode_inputs"
CASES = (*threads.CASES, *nesting.CASES, *backward.CASES, *lifetimes.CASES)
# What comes out the same each time, and takes a second. `.ci/deep` runs the others.
QUICK = (
    *(case for case in threads.CASES if "greenlets" in case.name or "graph runs" in case.name),
    *nesting.CASES,
    *backward.CASES,
    *(case for case in lifetimes.CASES if "stream" not in case.name and "event" not in case.name),
)
NEEDED = {
    "right": set(),
    "refused": set(),
    "wrong": {live.WRONG, live.KEPT},
    "raised": {live.RAISED, live.WRONG},
}


def cases(every):
    """Returns a parameter for each case on each backend that it runs on, slow ones marked."""
    return [
        pytest.param(
            case,
            backend,
            id=f"{case.name}-{backend}",
            marks=[] if case in QUICK and backend in every else pytest.mark.deep,
        )
        for case in CASES
        for backend in case.backends
        if not case.impossible.get(backend)
    ]


def counted(case: Case, backend: str, *, watch: bool, repaired: bool = False):
    """Runs a case, and returns what came out and what was found."""
    torch.compiler.reset()
    tally = Tally()
    repair = sidetable_torch.install() if repaired else contextlib.nullcontext()
    watching = live.watch(TARGET)
    with repair, watching if watch else contextlib.nullcontext():
        try:
            case.run(backend, tally)
        except Exception as error:  # noqa: BLE001  # whatever PyTorch raises is counted
            tally.count_error(error)
    assert watching.faults == ()
    return tally, watching


@pytest.mark.parametrize(("case", "backend"), cases(("eager", "none")))
def test_what_goes_wrong_is_found_and_nothing_else(case, backend) -> None:
    """Whatever this version of PyTorch gets right in this run gives no finding."""
    tally, watching = counted(case, backend, watch=True)
    found = {one.kind for one in watching.findings}
    needed = NEEDED[tally.word]
    assert found & needed if needed else not found, (tally, watching.findings)


@pytest.mark.parametrize(("case", "backend"), cases(("none",)))
def test_with_the_repair_nothing_is_found(case, backend) -> None:
    """Every lookup finds what its own call had bound."""
    tally, watching = counted(case, backend, watch=True, repaired=True)
    assert tally.is_right
    assert watching.findings == ()


@pytest.mark.parametrize("case", nesting.CASES[:4], ids=lambda case: case.name)
def test_results_are_the_same_with_and_without(case) -> None:
    """As many are right, wrong and raised, with the same errors."""
    plain, _ = counted(case, "eager", watch=False)
    watched, _ = counted(case, "eager", watch=True)
    assert (watched.counts, watched.errors) == (plain.counts, plain.errors)


@pytest.mark.parametrize("repaired", [False, True])
def test_a_compiled_function_stores_for_itself(repaired) -> None:
    """Another one, which calls it and then looks up, has not got its objects from it."""
    modules = [Scale(2.0), Scale(3.0)]

    def backend(graph, _):
        def run(x):
            other(x, modules[1])
            return graph(x)

        return run

    other = torch.compile(one, backend=lambda *_: lambda x: (x,))
    function = torch.compile(one, backend=backend)
    x = torch.ones(1)
    with sidetable_torch.install() if repaired else contextlib.nullcontext():
        other(x, modules[1])
        function(x, modules[0])
        with live.watch(TARGET) as watching:
            found = function(x, modules[0]).item()
    assert (found, len(watching.findings)) == ((2.0, 0) if repaired else (3.0, 1))


def test_pytorchs_module_is_left_as_it_was() -> None:
    """The functions, their code, the names, and the constructor of backward nodes."""
    module = import_module(TARGET)
    before = {name: getattr(value, "__code__", value) for name, value in vars(module).items()}
    with live.watch(TARGET):
        assert "__init__" in vars(torch.autograd.function.FunctionCtx)
    after = {name: getattr(value, "__code__", value) for name, value in vars(module).items()}
    assert before == after
    assert "__init__" not in vars(torch.autograd.function.FunctionCtx)


def test_the_repair_can_be_installed_while_it_is_watched() -> None:
    """A suite that installs it in a test is what it was."""
    with live.watch(TARGET) as watching, sidetable_torch.install():
        tally, _ = counted(nesting.CASES[3], "eager", watch=False)
    assert tally.is_right
    assert watching.findings == ()
