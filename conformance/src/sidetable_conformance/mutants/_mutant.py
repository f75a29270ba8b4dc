"""What a mutant says about itself."""

from __future__ import annotations

import inspect
from typing import ClassVar

from ._isolated import IsolatedTable
from ._parent import BOTH, OWN, CorrectTable, Edition


class Mutant(CorrectTable):
    """A correct table with one fault, which its docstring says in one sentence.

    A mutant is made like its parent, by calling it with an edition, and is then a target.

    Attributes:
        caught_by: The requirement that the fault breaks, and whose check has to turn red.
        through: The assertion of that check that the fault is about, by the name of its point:
            the kind of fact that it requires, and its rank among those of the check.
        through_own: The same for edition 2026.11, where that is another one.
        also: Requirements that the same fault breaks too. No other may turn red.
        editions: The editions in which it is a fault.

    Example:
        >>> from sidetable_conformance.mutants import MUTANTS
        >>> for mutant in MUTANTS:
        ...     if mutant.__name__ == "NegativeCountsFromTheEnd":
        ...         print(mutant.fault())
        The table is a list, and -1 is its last object.
    """

    caught_by: ClassVar[str]
    through: ClassVar[str]
    through_own: ClassVar[str] = ""
    also: ClassVar[frozenset[str]] = frozenset()
    editions: ClassVar[tuple[Edition, ...]] = BOTH

    @classmethod
    def point(cls, edition: str) -> str:
        """Returns the name of the point that catches it in an edition."""
        return (cls.through_own if edition == OWN else "") or cls.through

    @classmethod
    def fault(cls) -> str:
        """Returns what was done wrong, as a sentence (empty under `python -OO`)."""
        return inspect.cleandoc(cls.__doc__ or "")


class IsolatedMutant(IsolatedTable, Mutant):
    """A correct table of profiles core and isolation with one fault.

    Example:
        >>> issubclass(IsolatedMutant, Mutant), IsolatedMutant.editions
        (True, ('2026.11',))
    """
