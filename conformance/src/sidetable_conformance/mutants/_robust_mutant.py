"""What the mutants of profile robust have in common."""

from __future__ import annotations

from ._mutant import Mutant
from ._robust import RobustTable


class RobustMutant(RobustTable, Mutant):
    """A correct table of profiles core, isolation and robust with one fault.

    Example:
        >>> issubclass(RobustMutant, Mutant), RobustMutant.profiles
        (True, 'core,isolation,robust')
    """
