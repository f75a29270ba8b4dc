"""The hot functions of `sidetable_core`, in C.

Call nothing here yourself: `sidetable_core` uses this package if it is installed in the same
version, and `sidetable_core.implementation` is then `"native"`.

Each function here makes one that does the same as a Python function, its *reference*, and calls the
reference in every unusual case.
"""

from ._hot import (
    make_bind,
    make_delete,
    make_enter,
    make_frame,
    make_leave,
    make_lookup,
    make_register,
    make_restore,
    make_store,
)

__version__ = "0.1.0"

__all__ = [
    "make_bind",
    "make_delete",
    "make_enter",
    "make_frame",
    "make_leave",
    "make_lookup",
    "make_register",
    "make_restore",
    "make_store",
]
