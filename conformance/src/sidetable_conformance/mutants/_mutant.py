"""What a mutant says about itself."""

from __future__ import annotations

import inspect
from typing import ClassVar, Final

from ._parent import DYNAMO, OWN, CorrectTable, Edition

BOTH: Final[tuple[Edition, ...]] = (DYNAMO, OWN)


class Mutant(CorrectTable):
    """A correct table with one fault, which its docstring says in one sentence.

    A mutant is made like its parent, by calling it with an edition, and is then a target.

    Attributes:
        caught_by: The requirement that the fault breaks, and whose check has to turn red.
        also: Requirements that the same fault breaks too. No other may turn red.
        editions: The editions in which it is a fault.

    Example:
        >>> from sidetable_conformance.mutants import MUTANTS
        >>> for mutant in MUTANTS:
        ...     if mutant.caught_by == "lookup.negative-is-error":
        ...         print(mutant.fault())
        The table is a list, and -1 is its last object.
    """

    caught_by: ClassVar[str]
    also: ClassVar[frozenset[str]] = frozenset()
    editions: ClassVar[tuple[Edition, ...]] = BOTH

    @classmethod
    def fault(cls) -> str:
        """Returns what was done wrong, as a sentence (empty under `python -OO`)."""
        return inspect.cleandoc(cls.__doc__ or "")
