"""Every mutant, in the order of the requirements that catch them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._construct_fn import CONSTRUCT_FN_MUTANTS
from ._constructor import CONSTRUCTOR_MUTANTS
from ._constructor_life import CONSTRUCTOR_LIFE_MUTANTS
from ._constructor_runs import CONSTRUCTOR_RUNS_MUTANTS
from ._entry import ENTRY_MUTANTS
from ._failed_registration import FAILED_REGISTRATION_MUTANTS
from ._frame import FRAME_MUTANTS
from ._frame_depth import FRAME_DEPTH_MUTANTS
from ._frame_life import FRAME_LIFE_MUTANTS
from ._frame_order import FRAME_ORDER_MUTANTS
from ._handle import HANDLE_MUTANTS
from ._held_instead import HELD_INSTEAD_MUTANTS
from ._hold import HOLD_MUTANTS
from ._index import INDEX_MUTANTS
from ._interleaving import INTERLEAVING_MUTANTS
from ._isolated import IsolatedTable
from ._isolation import ISOLATION_MUTANTS
from ._isolation_tables import ISOLATION_TABLES_MUTANTS
from ._isolation_threads import ISOLATION_THREADS_MUTANTS
from ._keep import KEEP_MUTANTS
from ._lookup import LOOKUP_MUTANTS
from ._lookup_errors import LOOKUP_ERRORS_MUTANTS
from ._lookup_life import LOOKUP_LIFE_MUTANTS
from ._parent import CorrectTable
from ._present import PRESENT_MUTANTS
from ._reset import RESET_MUTANTS
from ._robust import RobustTable
from ._robust_interrupt import ROBUST_INTERRUPT_MUTANTS
from ._robust_process import ROBUST_PROCESS_MUTANTS
from ._robust_reentrancy import ROBUST_REENTRANCY_MUTANTS
from ._robust_values import ROBUST_VALUES_MUTANTS
from ._set import SET_MUTANTS
from ._snapshot import SNAPSHOT_MUTANTS
from ._snapshot_life import SNAPSHOT_LIFE_MUTANTS
from ._store import STORE_MUTANTS
from ._store_effects import STORE_EFFECTS_MUTANTS
from ._store_failure import STORE_FAILURE_MUTANTS
from ._weakref import WEAKREF_MUTANTS
from ._wrap import WRAP_MUTANTS

if TYPE_CHECKING:
    from ._mutant import Mutant

PARENTS: Final[tuple[type[CorrectTable], ...]] = (CorrectTable, IsolatedTable, RobustTable)
"""The tables that mutants are children of; each keeps the profiles of those before it."""

MUTANTS: Final[tuple[type[Mutant], ...]] = (
    *INDEX_MUTANTS,
    *PRESENT_MUTANTS,
    *LOOKUP_MUTANTS,
    *LOOKUP_ERRORS_MUTANTS,
    *LOOKUP_LIFE_MUTANTS,
    *STORE_MUTANTS,
    *STORE_EFFECTS_MUTANTS,
    *STORE_FAILURE_MUTANTS,
    *KEEP_MUTANTS,
    *CONSTRUCTOR_MUTANTS,
    *CONSTRUCT_FN_MUTANTS,
    *CONSTRUCTOR_RUNS_MUTANTS,
    *CONSTRUCTOR_LIFE_MUTANTS,
    *WEAKREF_MUTANTS,
    *HELD_INSTEAD_MUTANTS,
    *FAILED_REGISTRATION_MUTANTS,
    *RESET_MUTANTS,
    *SET_MUTANTS,
    *ISOLATION_MUTANTS,
    *ISOLATION_TABLES_MUTANTS,
    *ISOLATION_THREADS_MUTANTS,
    *INTERLEAVING_MUTANTS,
    *FRAME_MUTANTS,
    *FRAME_LIFE_MUTANTS,
    *FRAME_DEPTH_MUTANTS,
    *FRAME_ORDER_MUTANTS,
    *ENTRY_MUTANTS,
    *HOLD_MUTANTS,
    *SNAPSHOT_MUTANTS,
    *SNAPSHOT_LIFE_MUTANTS,
    *WRAP_MUTANTS,
    *HANDLE_MUTANTS,
    *ROBUST_VALUES_MUTANTS,
    *ROBUST_INTERRUPT_MUTANTS,
    *ROBUST_REENTRANCY_MUTANTS,
    *ROBUST_PROCESS_MUTANTS,
)
"""All mutants, area by area. A name is never used for another fault."""


def parent_of(profile: str) -> type[CorrectTable]:
    """Returns the first table that keeps a profile.

    Example:
        >>> parent_of("core")
        <class 'sidetable_conformance.mutants.CorrectTable'>
    """
    return next(parent for parent in PARENTS if profile in parent.profiles.split(","))
