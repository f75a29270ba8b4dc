"""One check for every requirement: a module for each area, a function for each id."""

from typing import Final

from sidetable_conformance.bench.check import checks_in

from . import (
    constructor,
    entry,
    frame,
    frame_depth,
    frame_order,
    handle,
    hold,
    index,
    isolation,
    isolation_tables,
    isolation_threads,
    keep,
    lifetime,
    lookup,
    present,
    reset,
    robust,
    robust_finalizer,
    robust_interrupt,
    robust_processes,
    robust_sources,
    snapshot,
    store,
    weakref,
)
from . import set as set_

CHECKS: Final = checks_in(
    (
        *(index, present, lookup, store, keep, constructor, weakref, reset, set_),
        *(isolation, isolation_tables, isolation_threads, lifetime),
        *(frame, frame_depth, frame_order, entry, hold, snapshot, handle),
        *(robust, robust_finalizer, robust_interrupt, robust_processes, robust_sources),
    )
)
