"""Which requirements each kind of step is about, wherever it stands in a trace."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sidetable_conformance.tracing.steps import (
    Apart,
    Called,
    Construct,
    Drop,
    Enumerate,
    Get,
    Keep,
    Life,
    Presence,
    Register,
    Reset,
    RunKept,
    Set,
    Step,
    Store,
)

ABOUT: Final[Mapping[type[Step], tuple[str, ...]]] = MappingProxyType(
    {
        Reset: (
            "reset.idempotent",
            "reset.forgets-everything",
            "constructor.survives",
            "keep.released-on-reset",
            "set.lifetime",
        ),
        Set: ("set.replaces-one", "set.bounds", "set.not-weak-referenceable", "set.lifetime"),
        Drop: (
            "lookup.dead-is-error",
            "lookup.dead-spares-others",
            "index.ignores-death",
            "present.ignores-death",
            "constructor.survives",
            "keep.graph-created-until-reset",
            "keep.user-object-not-kept",
            "store.holds-weakly",
        ),
        Store: (
            "store.failure",
            "store.position-is-index",
            "store.replaces-all",
            "store.replaces-trace-time",
            "store.independent-of-registrations",
            "store.keeps-registrations",
            "store.not-weak-referenceable",
            "index.after-store",
            "index.ignores-bindings",
        ),
        Get: ("lookup.repeatable", "lookup.does-not-extend-life", "lookup.identity"),
        Apart: ("lookup.error-kinds", "lookup.repeatable", "lookup.does-not-extend-life"),
        Construct: ("constructor.repeatable", "constructor.user-object"),
        RunKept: ("constructor.repeatable",),
        Register: (
            "weakref.table-usable",
            "weakref.failed-index-is-error",
            "weakref.hostile-repr",
            "index.failed-registration",
            "constructor.failed-registration",
            "keep.failed-registration",
            "lookup.trace-time",
            "index.dense-from-zero",
            "index.one-sequence",
            "index.never-deduplicated",
            "constructor.in-index-order",
            "keep.graph-created-until-reset",
        ),
        Presence: ("present.after-user-object", "present.after-graph-created"),
        Enumerate: ("constructor.in-index-order",),
        Keep: (),
        Life: (),
        Called: (),
    }
)
"""The ids, the most telling first."""
