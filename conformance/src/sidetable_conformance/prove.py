"""The kit's strength, proved by running every faulty table before every check."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Final, TypeAlias, final

from sidetable_conformance.bench import Bench, Place, quick_collections
from sidetable_conformance.driver import open_target
from sidetable_conformance.errors import KitError, NotTestable
from sidetable_conformance.kill_matrix import Catch, Strength, kill_matrix
from sidetable_conformance.results import Result, Verdict
from sidetable_conformance.rule import Rule
from sidetable_conformance.rules import FAULTS, RULES
from sidetable_conformance.session import Session
from sidetable_conformance.spec import profiles_in
from sidetable_conformance.tables import LADDER, CorrectTable, Edition

Points: TypeAlias = Mapping[tuple[Place, str], str]
"""The name of each point of a check, by its place and the kind of fact that it requires."""

NO_POINT: Final = "none of its points"
"""What stands for a failure at a place where nothing was ever seen to hold."""


@final
@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it.

    Attributes:
        catches: How every faulty table was caught in each of its editions.
        points: The names of the points of every check, by the id of its requirement.
        findings: What is wrong with the kit, a sentence each; none if it is as strong as it says.
        stale: Where the matrix in the file is not this one, a sentence each.
    """

    catches: tuple[Catch, ...]
    points: tuple[tuple[str, tuple[str, ...]], ...]
    findings: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def strength(self) -> Strength:
        """How many faults were caught."""
        return Strength.of(self.catches)

    @property
    def holds(self) -> bool:
        """Whether the kit is as strong as it says, and its file says so."""
        return not (self.findings or self.stale)

    def to_json(self) -> str:
        """Return it as JSON text, the same for the same proof."""
        document = {
            "schema": 1,
            "strength": str(self.strength),
            "holds": self.holds,
            "findings": [*self.findings, *self.stale],
            "points": dict(self.points),
            "catches": [each.row() for each in self.catches],
        }
        return json.dumps(document, indent=2) + "\n"


def prove(
    names: Collection[str] | None = None,
    caught: Callable[[Catch], object] | None = None,
    jobs: int = 1,
) -> Proof:
    """Return whether every faulty table is caught by the rule whose file it is in, and how.

    Judges each in each of its editions by every check of the profiles that its parent keeps. For
    all of them, and their parents, that takes some minutes of one processor.

    Args:
        names: The faulty tables; by default, all. What is asked of the whole matrix is asked only
            of all of them.
        caught: Called with each catch as soon as it is known, in the order of `FAULTS`.
        jobs: How many processes do the work.

    Raises:
        KitError: If a check goes wrong over a faulty table.

    Example:
        >>> proof = prove(["DeadIsNone"])
        >>> proof.holds, str(proof.strength)
        (True, 'the kit catches all 2 faults of 1 faulty table it ships')
    """
    chosen = [name for name in FAULTS if names is None or name in names]
    catches: list[Catch] = []
    points, findings = _Points(), tuple[str, ...]()
    with quick_collections():
        for name in chosen:
            _ = points[FAULTS[name][1].id]
        if len(chosen) == len(FAULTS):  # pragma: no cover  # `prove` of everything, minutes
            points.update((id_, points_of(rule)) for id_, rule in RULES.items())
            findings = tuple(fault for table in LADDER for fault in faults_of(table, points))
        for found in each_caught(chosen, points, jobs):
            catches.append(found)
            if caught is not None:
                caught(found)
    return conclude(chosen, points, catches, findings)


# --- the points of a check: its assertions, named so that a catch can say which one it met --------


def points_of(rule: Rule) -> Points:
    """Return the points of a check: where it sees a fact on a correct table, in any edition.

    An assertion that the correct table never comes to is not among them: nothing shows that it
    could hold.
    """
    table = next(each for each in LADDER if rule.requirement.profile in profiles_in(each.profiles))
    seen: set[tuple[Place, str]] = set()
    for edition in filter(rule.requirement.editions.__contains__, table.editions):
        bench = Bench(open_target(partial(table, edition)), edition, rule.code)
        rule.function(bench)
        bench.clear()
        seen.update(bench.places)
    return name_points(seen)


def name_points(places: Iterable[tuple[Place, str]]) -> Points:
    """Return a name for each place: its kind of fact, and the rank among those of that kind."""
    ranks: Counter[str] = Counter()
    names: dict[tuple[Place, str], str] = {}
    for place, fact in sorted(places):
        ranks[fact] += 1
        names[place, fact] = fact if ranks[fact] == 1 else f"{fact} {ranks[fact]}"
    return names


class _Points(dict[str, Points]):
    """The points of every check, by the id of its requirement; each found when it is asked for."""

    def __missing__(self, id_: str) -> Points:
        self[id_] = points_of(RULES[id_])
        return self[id_]


def point_of(result: Result, points: Points) -> str:
    """Return the point at which a requirement turned red.

    A failure that came out of an operation instead is named for that operation, and a check that
    saw nothing of what it is about is `vacuous`.
    """
    if result.verdict is Verdict.VACUOUS:
        return Verdict.VACUOUS.value
    fact = result.fact[1]
    return fact if fact.startswith("called ") else points.get(result.fact, NO_POINT)


# --- one faulty table before every check ----------------------------------------------------------


def each_caught(
    names: Sequence[str], points: Mapping[str, Points], jobs: int = 1
) -> Iterator[Catch]:
    """Yield how each faulty table is caught in each of its editions, in order."""
    if jobs == 1:
        for name in names:
            yield from _all_editions(name, points)
        return
    # Anew, because a process that has threads, such as one that shows progress, cannot be forked.
    with ProcessPoolExecutor(jobs, get_context("spawn")) as workers:
        for catches in workers.map(partial(_all_editions, points=points), names):
            yield from catches


def _all_editions(name: str, points: Mapping[str, Points]) -> tuple[Catch, ...]:
    with quick_collections():
        return tuple(catch(name, edition, points) for edition in FAULTS[name][0].editions)


def catch(name: str, edition: Edition, points: Mapping[str, Points]) -> Catch:
    """Return how a faulty table is caught, judged by every check alone, whatever each needs.

    As much is tried as in a run of a user's where the rule that it breaks is judged, and those
    that it breaks too as far as the file of the kill matrix says; elsewhere as little as there is.
    """
    fault, rule = FAULTS[name]
    known = {(each.mutant, each.edition): each for each in kill_matrix()}
    also = known[name, edition].also if (name, edition) in known else ()
    closely = {rule.id, *(id_ for id_, _ in also)}
    turned = red(fault, edition, points, closely=closely)
    through = turned.pop(rule.id, "")
    return Catch(name, edition, rule.id, through, tuple(turned.items()))


def red(
    table: type[CorrectTable],
    edition: Edition,
    points: Mapping[str, Points],
    *,
    closely: AbstractSet[str] = frozenset(),
) -> dict[str, str]:
    """Return the requirements that a table does not keep, each with the point that says so.

    As much is tried as in a run of a user's of those that are to be looked at closely; if one of
    them cannot be tested here, that is raised.
    """
    session = Session(partial(table, edition), edition=edition, profile=table.profiles)
    turned: dict[str, str] = {}
    for requirement in session.requirements:
        budget = "normal" if requirement.id in closely else "none"
        result = session.judge_alone(requirement, budget)
        if result.verdict is Verdict.ERROR:
            where = f"{table.__name__} in edition {edition}"
            raise KitError(f"the check of {requirement.id} went wrong on {where}: {result.message}")
        if result.verdict is Verdict.NOT_TESTABLE and requirement.id in closely:
            raise NotTestable(result.message)
        if result.red:
            turned[requirement.id] = point_of(result, points[requirement.id])
    return turned


def faults_of(table: type[CorrectTable], points: Mapping[str, Points]) -> Iterator[str]:
    """Yield where a table from which faulty ones are derived is not right itself."""
    for edition in table.editions:
        for id_, point in red(table, edition, points, closely=points.keys()).items():
            yield f"{table.__name__} turns {id_} red in edition {edition}, through {point!r}"


# --- what can be wrong with a kill matrix ---------------------------------------------------------


def conclude(
    names: Sequence[str],
    points: Mapping[str, Points],
    catches: Sequence[Catch],
    findings: Iterable[str] = (),
) -> Proof:
    """Return what a matrix of these faulty tables proves, beside what is known to be wrong."""
    found = [*findings, *_not_caught(catches)]
    committed = kill_matrix()
    if len({*names}) == len(FAULTS):
        found += _without_fault(catches)
        found += _without_use(points, catches)
    else:
        committed = tuple(each for each in committed if each.mutant in names)
    own = {catch.caught_by for catch in catches}
    named = tuple((id_, tuple(among.values())) for id_, among in points.items() if id_ in own)
    return Proof(tuple(catches), named, tuple(found), tuple(_not_the_file(committed, catches)))


def _not_caught(catches: Iterable[Catch]) -> Iterator[str]:
    for each in catches:
        where = f"{each.mutant} in edition {each.edition}"
        if not each.through:
            yield f"{where} is not caught by {each.caught_by}"
        elif each.through == NO_POINT:
            yield f"{where} is caught by {each.caught_by} at a point that no correct table reaches"


def _without_fault(catches: Iterable[Catch]) -> Iterator[str]:
    broken = {(catch.caught_by, catch.edition) for catch in catches}
    for id_, rule in RULES.items():
        for edition in rule.requirement.editions:
            if (id_, edition) not in broken:
                yield f"no faulty table breaks {id_} in edition {edition}"


def _without_use(points: Mapping[str, Points], catches: Iterable[Catch]) -> Iterator[str]:
    """Yield the points that catch nothing.

    If there are none, no assertion can go unnoticed: without it, the last point of its kind is
    called like the one before, and what was caught there is caught elsewhere or not at all.
    """
    used: defaultdict[str, set[str]] = defaultdict(set)
    for each in catches:
        for id_, point in ((each.caught_by, each.through), *each.also):
            used[id_].add(point)
    for id_, names in points.items():
        if idle := sorted(set(names.values()) - used[id_]):
            yield f"no fault is caught by {id_} through {', '.join(map(repr, idle))}"


def _not_the_file(committed: Sequence[Catch], catches: Sequence[Catch]) -> Iterator[str]:
    filed = {(catch.mutant, catch.edition): catch for catch in committed}
    seen = {(catch.mutant, catch.edition): catch for catch in catches}
    for name, edition in sorted(filed.keys() | seen.keys()):
        if filed.get((name, edition)) != seen.get((name, edition)):
            yield f"the matrix in the file differs for {name} in edition {edition}"
