"""Runs constructors, and says what they did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, final

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.bench.recorder import Recorder
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.targets.driver import Driver
from sidetable_source import Codegen, Source


@final
class Construct:
    """A construct function that records how it was called.

    Attributes:
        calls: The index and the codegen of each call.
    """

    __slots__ = ("calls",)

    def __init__(self) -> None:
        self.calls: Final[list[tuple[object, object]]] = []

    def __call__(self, index: int, codegen: Codegen, /) -> None:
        """Records the call."""
        self.calls.append((index, codegen))


def written(bench: Bench, table: Driver, index: int, when: str) -> list[tuple[object, ...]]:
    """Runs the constructor of an index, and returns what it wrote; it has to have one."""
    recorder = Recorder()
    construct(bench, table, index, recorder, when)
    return recorder.written


def construct(bench: Bench, table: Driver, index: int, recorder: Recorder, when: str) -> None:
    """Runs the constructor of an index with this codegen; it has to have one."""
    constructors = dict(table.constructors())
    bench.require(
        index in constructors,
        when,
        f"index {index} has a constructor",
        f"the constructors of {[*constructors]}",
    )
    table.write(constructors[index], recorder)


def writes_source(bench: Bench, table: Driver, index: int, source: Source, when: str) -> None:
    """Requires that a constructor hands over this very source, once, and writes nothing else."""
    wrote = written(bench, table, index, when)
    verbs = [str(verb) for verb, *_ in wrote]
    bench.require(verbs == ["codegen"], when, "codegen(source), once", f"{verbs}")
    same = wrote[0][1] is source
    bench.require(same, when, "the registered source", f"another one: {describe(wrote[0][1])}")


def calls_once(bench: Bench, table: Driver, index: int, construct_fn: Construct, when: str) -> None:
    """Requires that a constructor calls this function once, with its index and this codegen."""
    earlier = len(construct_fn.calls)
    recorder = Recorder()
    construct(bench, table, index, recorder, when)
    calls = construct_fn.calls[earlier:]
    bench.require(len(calls) == 1, when, "one call of construct_fn", f"{len(calls)}")
    [(called_with, codegen)] = calls
    bench.require(called_with == index, when, f"index {index}", describe(called_with))
    bench.require(codegen is recorder, when, "the codegen that was given", describe(codegen))
    verbs = [str(verb) for verb, *_ in recorder.written]
    bench.require(not verbs, when, "nothing else written", f"{verbs}")


def did(recorder: Recorder, construct_fn: Construct) -> list[str]:
    """Returns what a run with this codegen did, as texts that compare, and forgets it."""
    calls, construct_fn.calls[:] = construct_fn.calls[:], []
    did = ["codegen" if part is recorder else describe(part) for call in calls for part in call]
    return [*did, *(texts(verb) for verb in recorder.written)]


def texts(parts: Iterable[object]) -> str:
    """Returns phrases for these, and for sources their names."""
    return " ".join(part.name if isinstance(part, Source) else describe(part) for part in parts)
