"""How a plain function becomes the check of one requirement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType, ModuleType
from typing import Final, TypeAlias

from ._bench import Bench
from ._errors import KitError
from ._requirements import Requirement

Check: TypeAlias = Callable[[Bench], None]
"""Returns when the requirement holds, and raises `RequirementFailed` when it does not."""

_MARK: Final = "__requirement__"


def check(id_: str) -> Callable[[Check], Check]:
    """Marks a function as the check of one requirement; it stays the plain function that it was.

    Example:
        >>> @check("store.returns-nothing")
        ... def returns_nothing(bench): ...
        >>> returns_nothing.__requirement__
        'store.returns-nothing'
    """

    def mark(function: Check) -> Check:
        setattr(function, _MARK, id_)
        return function

    return mark


def checks_in(modules: Iterable[ModuleType]) -> Mapping[str, Check]:
    """Returns the checks of these modules by the id of their requirement.

    Raises:
        KitError: If two functions check the same requirement, or one stands in another area.
    """
    found: dict[str, Check] = {}
    for module in modules:
        area = module.__name__.rpartition(".")[2]
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
