"""Small faulty implementations, each with the requirement whose check has to catch it.

`CorrectTable` keeps every rule. A `Mutant` is one with a single fault, planted in one step, and
says which requirement it breaks (`caught_by`), which others break with it (`also`), and in which
`editions` it is a fault. `MUTANTS` has all of them.

Floors, each importing only from those below it: the registry, the areas (index, present, lookup,
store, keep, constructor, weakref, reset, set), the mutant, the parent.
"""

from sidetable_conformance._public import publish as _publish
from ._mutant import Mutant as Mutant
from ._parent import CorrectTable as CorrectTable
from ._parent import Edition as Edition
from ._registry import MUTANTS as MUTANTS

__all__ = ["MUTANTS", "CorrectTable", "Edition", "Mutant"]

_publish(__name__, globals(), __all__)
