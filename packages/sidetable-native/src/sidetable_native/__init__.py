"""The hot functions of `sidetable_core`, in C.

Nothing here is to be called: where this is installed in the version of `sidetable_core`, that uses
it, and `sidetable_core.implementation` is `"native"`.

Each function here makes one that does the same as a Python function, its *reference*, and calls the
reference wherever it does not have the usual case.
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
