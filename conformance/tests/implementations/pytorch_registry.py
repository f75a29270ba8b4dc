"""A small table that does what PyTorch's per-trace registry does (its commit 081e35d9)."""

from __future__ import annotations

import weakref
from functools import partial
from types import SimpleNamespace
from typing import Final

from sidetable_conformance.adapters import reference_to
from sidetable_conformance.driver import ConstructFn, Constructor
from sidetable_source import Source


class PyTorchRegistry:
    """PyTorch's later table as an object: lists, and a registry for each trace.

    The weak reference is tried before anything else, and a store replaces the list at once, so
    what fails leaves everything as it was. Registering puts the trace's own objects back into the
    binding, and a negative index counts from the end.

    Attributes:
        index_to_external_object_weakref: The binding.
        keep_alive: What `set` was given, until reset.
        tls: Where the trace that is going on is found, as its attribute `current_tx`.
    """

    def __init__(self) -> None:
        self.index_to_external_object_weakref: Final[list[weakref.ref[object]]] = []
        self.keep_alive: Final[list[object]] = []
        self.tls: Final = SimpleNamespace(current_tx=None)

    def UserObjectRegistry(self) -> _Trace:  # noqa: N802  # the name is PyTorch's
        """Returns what a new trace registers in."""
        return _Trace(self.index_to_external_object_weakref)

    def register_user_object(self, value: object, source: Source) -> int:
        """Gives an object from outside the graph the next index of its trace."""
        reference = reference_to("User Object", value)
        return self._trace().register(reference, lambda _, codegen: codegen(source))

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        """Gives an object that the graph makes the next index, and the trace keeps it alive."""
        reference = reference_to("graph-created external object", value)
        self._trace().keep_alive.append(value)
        return self._trace().register(reference, construct_fn)

    def store_user_object_weakrefs(self, *objects: object) -> None:
        """Replaces the binding, in place and at once."""
        self.index_to_external_object_weakref[:] = [weakref.ref(value) for value in objects]

    def get_external_object_by_index(self, index: int) -> object:
        """Looks an index up; the two ways to fail differ by their messages."""
        if index >= len(self.index_to_external_object_weakref):
            raise AssertionError("the index is not registered")
        value = self.index_to_external_object_weakref[index]()
        if value is None:
            raise AssertionError("the object is no longer alive")
        return value

    def set_external_object_by_index(self, index: int, value: object) -> None:
        """Binds an index, or the one just past the end, and keeps the object alive."""
        self.keep_alive.append(value)
        bound = self.index_to_external_object_weakref
        if index > len(bound):
            raise AssertionError("the index is past the end")
        if index == len(bound):
            bound.append(weakref.ref(value))
        else:
            bound[index] = weakref.ref(value)

    def reset_user_object_tracking(self) -> None:
        """Empties the binding and what is kept; a trace's own registry goes with the trace."""
        self.index_to_external_object_weakref.clear()
        self.keep_alive.clear()

    def _trace(self) -> _Trace:
        trace: _Trace = self.tls.current_tx.output.user_objects
        return trace


class _Trace:
    """What one trace has registered."""

    def __init__(self, bound: list[weakref.ref[object]]) -> None:
        self.bytecode_constructors: Final[list[Constructor]] = []
        self.weakrefs: Final[list[weakref.ref[object]]] = []
        self.keep_alive: Final[list[object]] = []
        self._bound: Final = bound

    def needs_pre_graph_store(self) -> bool:
        """Tells whether a graph of this trace has objects to look up."""
        return bool(self.bytecode_constructors)

    def register(self, reference: weakref.ref[object], construct_fn: ConstructFn) -> int:
        """Gives a reference the next index, and binds all that the trace has."""
        index = len(self.weakrefs)
        constructor: Constructor = partial(construct_fn, index)
        self.bytecode_constructors.append(constructor)
        self.weakrefs.append(reference)
        self._bound[:] = self.weakrefs
        return index
