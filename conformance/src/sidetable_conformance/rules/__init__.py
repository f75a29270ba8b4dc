"""Every requirement, one file each: `rules/<area>/<rule>.py` is the rule `area.rule`.

A file has the requirement in words (its docstring), the check that judges a table by it, and the
faulty tables which that check has to notice; `rule.py` says how. Whatever else shows a requirement
is generated from its file: the list, the pages, `explain`, the kill matrix.

A new requirement is a new file here. `RULES` finds it, and `prove --write` tries its check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Final

from sidetable_conformance.errors import KitError
from sidetable_conformance.rule import Rule
from sidetable_conformance.spec import OWN, Excluded, Listing, Requirement, Retired
from sidetable_conformance.tables import CorrectTable

AREAS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "index": "How indices are given out",
        "present": "Whether anything is registered",
        "lookup": "Lookups",
        "store": "Stores",
        "keep": "What is kept alive",
        "constructor": "Constructors",
        "weakref": "Values that cannot be weakly referenced",
        "reset": "Reset",
        "set": "Setting one index",
        "core": "Everything together",
        "isolation": "Tables, threads, tasks and greenlets",
        "lifetime": "What tables leave",
        "frame": "Frames",
        "entry": "Entry functions",
        "hold": "Objects that frames hold",
        "snapshot": "Snapshots",
        "handle": "Handles",
        "robust": "What must not break it",
    }
)
"""The heading of each area, in the order in which they are listed."""


def _rules() -> Iterator[Rule]:
    for area in AREAS:
        package = import_module(f"{__name__}.{area}")
        for file in iter_modules(package.__path__):
            rule: Rule = import_module(f"{package.__name__}.{file.name}").rule
            # Its docstring is read here, so that a slip in one is not met in the middle of a run.
            is_its_file = rule.requirement.id == f"{area}.{file.name.replace('_', '-')}"
            if not is_its_file:  # pragma: no cover  # tested in a changed copy of the kit
                raise KitError(f"{rule.id} stands in rules/{area}/{file.name}.py")
            yield rule


RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.id: rule for rule in _rules()})
"""Every rule by its id, area by area, and within an area in the order of the alphabet."""

FAULTS: Final[Mapping[str, tuple[type[CorrectTable], Rule]]] = MappingProxyType(
    {fault.__name__: (fault, rule) for rule in RULES.values() for fault in rule.faults}
)
"""Every faulty table by its name, with the rule that it breaks."""

EXCLUDED: Final = (
    Excluded(
        "lookup.single-dereference",
        "A lookup dereferences its weak reference once, and returns what that gave.",
        "From outside, no object can be made to die between two dereferences. What would come of "
        "it is asked: isolation.every-interleaving goes through the schedules of two threads, and "
        "lookup.dead-is-error says that None is never found.",
    ),
    Excluded(
        "lookup.no-lock",
        "A lookup takes no lock.",
        "A lock that nobody waits for cannot be seen. What a lock can lead to is asked: "
        "robust.finalizer-reentrancy says that nothing deadlocks.",
    ),
    Excluded(
        "store.linear-time",
        "The time that a store takes grows with the number of its objects, and no faster.",
        "How long it takes depends on the machine, and a limit that is never missed by chance "
        "would show nothing. store.large says that a large store is right.",
    ),
    Excluded(
        "index.linear-time",
        "The time that a million registrations take grows with their number, and no faster.",
        "As for store.linear-time, a limit on the time would show nothing.",
    ),
    Excluded(
        "weakref.error-text",
        "An error tells people what to do.",
        "Words are for people, and no program can judge them. Asked are the name of the error, "
        "which kind of object it was about, and its cause.",
    ),
)
"""Rules that are not asked, because nobody can see from outside whether they are kept."""

RETIRED: Final = (
    Retired(
        "robust.interrupt",
        OWN,
        "It asked that an interrupt between any two bytecodes leave the state before or the state"
        " after. Keeping that made each operation one call into C, for a moment that users have"
        " never met. What an interrupt may not do, return an object of another context or leave a"
        " lock held, implementations test themselves.",
    ),
)
"""Requirements that are no longer asked. The ids are not used again."""


def listing() -> Listing:
    """Return every id that there is, each with what is known of it."""
    return Listing(requirements(), EXCLUDED, RETIRED)


def requirements() -> tuple[Requirement, ...]:
    """Return the kit's requirements, of every profile, in the order of `RULES`.

    Example:
        >>> sorted({requirement.area for requirement in requirements()})[:4]
        ['constructor', 'core', 'entry', 'frame']
    """
    return tuple(rule.requirement for rule in RULES.values())


def path_of(id_: str) -> str:
    """Return where the file of a rule is, in the kit's package."""
    area, _, name = id_.partition(".")
    return f"rules/{area}/{name.replace('-', '_')}.py"
