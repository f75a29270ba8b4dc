"""Small faulty implementations, each with the requirement whose check has to catch it.

`CorrectTable` keeps every rule. A `Mutant` is one with a single fault, planted in one step, and
says which requirement it breaks (`caught_by`), which others break with it (`also`), and in which
`editions` it is a fault. `MUTANTS` has all of them.

`kill_matrix` returns how each was caught, a `Catch` for each mutant and edition, and `strength`
how many that are; both read a file that `sidetable-conformance prove` compares with a real run.

Floors, each importing only from those below it: the registry, the areas (index, present, lookup,
store, keep, constructor, weakref, reset, set), the mutant, the parent. The matrix stands alone.
"""

from sidetable_conformance._public import publish as _publish

from ._mutant import Mutant as Mutant
from ._parent import CorrectTable as CorrectTable
from ._parent import Edition as Edition
from ._registry import MUTANTS as MUTANTS
from .matrix import Catch as Catch
from .matrix import Strength as Strength
from .matrix import kill_matrix as kill_matrix
from .matrix import strength as strength

__all__ = [
    "MUTANTS",
    "Catch",
    "CorrectTable",
    "Edition",
    "Mutant",
    "Strength",
    "kill_matrix",
    "strength",
]

_publish(__name__, globals(), __all__)
