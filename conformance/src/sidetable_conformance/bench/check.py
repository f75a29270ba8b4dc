"""How a plain function becomes the check of one requirement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Final, TypeAlias, cast

from sidetable_conformance.bench.bench import Bench
from sidetable_conformance.errors import KitError
from sidetable_conformance.spec.requirement import Requirement

Check: TypeAlias = Callable[[Bench], None]
"""Returns when the requirement holds, and raises `RequirementFailed` when it does not."""

_MARK: Final = "__requirement__"
_PREMISES: Final = "__premises__"


def check(id_: str, *premises: str) -> Callable[[Check], Check]:
    """Marks a function as the check of one requirement; it stays the plain function that it was.

    Args:
        id_: The requirement's id.
        *premises: The kinds of fact (`FACTS`) that the check has to see. If it passes without
            having seen one of each, it has shown nothing, and the verdict is `vacuous`.

    Example:
        >>> @check("store.returns-nothing")
        ... def returns_nothing(bench): ...
        >>> returns_nothing.__requirement__
        'store.returns-nothing'
    """

    def mark(function: Check) -> Check:
        setattr(function, _MARK, id_)
        setattr(function, _PREMISES, premises)
        return function

    return mark


def premises_of(function: Check) -> tuple[str, ...]:
    """Returns the kinds of fact that a check has to see; any at all where it names none."""
    named: tuple[str, ...] = getattr(function, _PREMISES, ())
    return named


def code_of(function: Check) -> CodeType:
    """Returns the code of a check, by which its lines are known."""
    return cast("FunctionType", function).__code__


def checks_in(modules: Iterable[ModuleType]) -> Mapping[str, Check]:
    """Returns the checks of these modules by the id of their requirement.

    Raises:
        KitError: If two functions check the same requirement, or one stands in another area.
    """
    found: dict[str, Check] = {}
    for module in modules:
        # What follows an underscore tells two modules of one area apart.
        area = module.__name__.rpartition(".")[2].partition("_")[0]
        for function in vars(module).values():
            id_ = getattr(function, _MARK, None)
            if id_ is None:
                continue
            if id_ in found:
                raise KitError(f"requirement {id_} has two checks")
            if id_.partition(".")[0] != area:
                raise KitError(f"the check of {id_} stands in the module of area {area}")
            found[id_] = function
    return MappingProxyType(found)


def pair(listed: Iterable[Requirement], checks: Mapping[str, Check]) -> Mapping[Requirement, Check]:
    """Returns every requirement with its check.

    Raises:
        KitError: If a requirement has no check, or a check no requirement.
    """
    listed = tuple(listed)
    if unchecked := [row.id for row in listed if row.id not in checks]:
        raise KitError(f"without a check: {', '.join(unchecked)}")
    if unlisted := sorted(checks.keys() - {row.id for row in listed}):
        raise KitError(f"not in the requirement list: {', '.join(unlisted)}")
    return MappingProxyType({row: checks[row.id] for row in listed})
