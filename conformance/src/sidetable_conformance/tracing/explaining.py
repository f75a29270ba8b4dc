"""From a check that failed to the shortest trace that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Final, cast

from sidetable_conformance.bench.bench import ALIVE, DEAD, Bench
from sidetable_conformance.bench.collecting import quick_collections
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.mutants import CorrectTable, Edition
from sidetable_conformance.targets.shape import SIDETABLE
from sidetable_conformance.targets.target import Target, open_target
from sidetable_conformance.verdicts.report import Result

from .answers import What
from .draft import Draft, Violation, every_violation, shown_at_the_end
from .naming import FEW
from .recording import Enough, Record
from .script import script
from .shrinking import LARGE, shortest
from .spelling import imports_of
from .steps import Apart, Called, Drop, Enumerate, Get, Life, Presence, Store, values_of
from .trace import Trace

TRIED: Final = 8
"""How many places of failure in one run are tried, the last one first."""


def trace_of(target: Target, edition: str, result: Result) -> Trace | None:
    """Returns the shortest trace found by which a target fails what a result says it fails.

    The failed check is run again on the target, to see how far it comes, and then on a table that
    is right, to see which objects it drops. What it did to its last table is made into steps, and
    shortened for as long as the target still fails in the same way and the correct table does not.

    Args:
        target: What failed. It is left reset.
        edition: The edition by which it was judged.
        result: The failure.

    Returns:
        The trace, or None where the failure can not be shown by steps on a single table.
    """
    correct = open_target(partial(CorrectTable, cast("Edition", edition)))
    with quick_collections():
        for draft in _small_first(_drafts(target, correct, edition, result)):
            for found in _found(draft, target):
                shown = replace(draft, steps=draft.steps[: found.position + 1])
                if trace := shortest_trace(shown, found.expected.what, target, correct):
                    return trace
    return None


def shortest_trace(draft: Draft, what: What, target: Target, correct: Target) -> Trace | None:
    """Returns the shortest trace that fails as a draft does, or None if the draft does not fail.

    Args:
        draft: Steps of which the last one fails.
        what: What the last step does not do.
        target: What fails.
        correct: A target of which none of the traces may be a fault.
    """

    def fails(candidate: Draft) -> bool:
        seen = shown_at_the_end(candidate, target)
        return (
            seen is not None
            and seen.expected.what is what
            and every_violation(candidate, correct) == ()
        )

    if not fails(draft):
        return None
    draft = shortest(draft, fails)
    last = shown_at_the_end(draft, target)
    return None if last is None else Trace.of(draft, last)


def _found(draft: Draft, target: Target) -> Iterator[Violation]:
    """Yields where the target does not answer as it should, the last place first."""
    yield from islice(reversed(every_violation(draft, target) or ()), TRIED)


def _drafts(target: Target, correct: Target, edition: str, result: Result) -> Iterator[Draft]:
    """Yields what may show the failure, the most likely first."""
    seen = _record(target, edition, result.id)
    known = _record(correct, edition, result.id, seen.tables, seen.calls)
    for record in (known, seen):
        draft = Draft(edition, record.objects, record.steps)
        ways = [draft, _lives(draft), _asked(draft)]
        if result.fact[1] in (ALIVE, DEAD):
            ways[:2] = reversed(ways[:2])
        if result.id == "lookup.error-kinds":
            ways.insert(0, _apart(draft))
        if result.id == "constructor.lazy":
            ways.insert(0, replace(draft, steps=(*draft.steps, Called())))
        yield from ways


def _small_first(drafts: Iterator[Draft]) -> Iterator[Draft]:
    """Yields each draft, and before one with a very large store the same with a small one."""
    for draft in drafts:
        if any(len(values_of(step)) > LARGE for step in draft.steps):
            cut = (Store(s.values[:FEW]) if isinstance(s, Store) else s for s in draft.steps)
            yield replace(draft, steps=tuple(cut))
        yield draft


def _record(target: Target, edition: str, id_: str, tables: int = 0, calls: int = 0) -> Record:
    record = Record(target, tables, calls)
    bench = Bench(Target(None, SIDETABLE, record.fresh, target.claims), edition)
    with suppress(Exception, SystemExit, Enough):  # that it fails is known
        CHECKS[id_](bench)
    record.stop()
    bench.clear()
    return record


def _lives(draft: Draft) -> Draft:
    """Drops what is still held, and asks of every object whether it is alive."""
    numbers = range(len(draft.objects))
    dropped = {step.value for step in draft.steps if isinstance(step, Drop)}
    drops = (Drop(number) for number in numbers if number not in dropped)
    lives = (Life(number) for number in numbers if draft.objects[number].text.referenceable)
    return replace(draft, steps=(*draft.steps, *drops, *lives))


def _asked(draft: Draft) -> Draft:
    """Asks for whatever can be asked for without a change."""
    lookups = (Get(index) for index in range(-1, min(len(draft.objects), TRIED) + 1))
    return replace(draft, steps=(*draft.steps, Presence(), Enumerate(), *lookups))


def _apart(draft: Draft) -> Draft:
    """Looks the last index up on the fresh table too, and compares the errors."""
    *before, last = draft.steps or (Get(0),)
    index = last.index if isinstance(last, Get) else 0
    return replace(draft, steps=(Get(index), *before, Apart(index)))


def explain_failure(
    target: Target, edition: str, result: Result
) -> tuple[tuple[str, ...], str] | None:
    """Returns the shortest trace of a failure, a line for each step, and a script that shows it.

    Args:
        target: What failed. It is left reset.
        edition: The edition by which it was judged.
        result: The failure.

    Returns:
        The lines and the script, or None where the failure can not be shown by steps on a single
        table. The script is "" where the target can not be imported by its name.
    """
    if result.requirement.profile != "core":
        return None
    try:
        trace = trace_of(target, edition, result)
    except (Exception, SystemExit):  # noqa: BLE001  # a failure without a trace is one all the same
        return None
    if trace is None:
        return None
    imports = imports_of(target)
    return trace.lines, script(trace, target.shape, imports) if imports else ""
