"""What stands behind each requirement: its check, and the faults by which the check was tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sidetable_conformance.bench.check import code_of
from sidetable_conformance.checks import CHECKS
from sidetable_conformance.mutants import MUTANTS

KILL_MATRIX: Final = "kill-matrix.md"
"""The page of the kill matrix, which lies beside that of the requirements."""


def behind() -> Mapping[str, str]:
    """Returns, for each requirement's id, a sentence in Markdown for the page of requirements.

    Example:
        >>> print(behind()["index.dense-from-zero"].partition(";")[0])
        Checked by `checks.index.dense_from_zero`
    """
    faults: defaultdict[str, list[str]] = defaultdict(list)
    for mutant in MUTANTS:
        faults[mutant.caught_by].append(f"`{mutant.__name__}`")
    return MappingProxyType(
        {
            id_: f"Checked by `checks.{check.__module__.rpartition('.')[2]}"
            f".{code_of(check).co_name}`; tried by [{_count(faults[id_])}]({KILL_MATRIX}#{id_}):"
            f" {', '.join(faults[id_])}."
            for id_, check in CHECKS.items()
        }
    )


def _count(names: list[str]) -> str:
    return "1 fault" if len(names) == 1 else f"{len(names)} faults"
