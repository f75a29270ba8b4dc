"""Small faulty implementations, each with the requirement whose check has to catch it.

`CorrectTable` keeps every rule of profile core, and `IsolatedTable` those of profile isolation
too; `PARENTS` has both, and `parent_of` tells them apart. A `Mutant` is one with a single fault,
planted in one step, and says which requirement it breaks (`caught_by`), which others break with
it (`also`), and in which `editions` it is a fault. `MUTANTS` has all of them.

`kill_matrix` returns how each was caught, a `Catch` for each mutant and edition, and `strength`
how many that are; both read a file that `sidetable-conformance prove` compares with a real run.

Floors, each importing only from those below it: the registry, the areas (index, present, lookup,
store, keep, constructor, weakref, reset, set; frame, entry, hold, snapshot, handle), the mutant,
the parents. The matrix stands alone.
"""

from sidetable_conformance._public import publish as _publish

from ._isolated import IsolatedTable as IsolatedTable
from ._mutant import IsolatedMutant as IsolatedMutant
from ._mutant import Mutant as Mutant
from ._parent import CorrectTable as CorrectTable
from ._parent import Edition as Edition
from ._registry import MUTANTS as MUTANTS
from ._registry import PARENTS as PARENTS
from ._registry import parent_of as parent_of
from .matrix import Catch as Catch
from .matrix import Strength as Strength
from .matrix import kill_matrix as kill_matrix
from .matrix import strength as strength

__all__ = [
    "MUTANTS",
    "PARENTS",
    "Catch",
    "CorrectTable",
    "Edition",
    "IsolatedMutant",
    "IsolatedTable",
    "Mutant",
    "Strength",
    "kill_matrix",
    "parent_of",
    "strength",
]

_publish(__name__, globals(), __all__)
