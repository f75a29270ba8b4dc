"""A side table with names of its own, and an adapter for the kit."""

import weakref

from sidetable_conformance.adapters import adapt
from sidetable_source import unimplemented


class Registry:
    """From small indices to live objects."""

    def __init__(self):
        self.forget()

    def forget(self):
        self.writers, self._references, self._kept = [], {}, []

    def is_used(self):
        return bool(self.writers)

    def add(self, value, source):
        reference = reference_to("user object", value)
        return self._register(reference, lambda codegen: codegen(source))

    def add_made(self, value, construct_fn):
        reference = reference_to("graph-created object", value)
        self._kept.append(value)
        index = len(self.writers)
        return self._register(reference, lambda codegen: construct_fn(index, codegen))

    def _register(self, reference, constructor):
        index = len(self.writers)
        self.writers.append(constructor)
        self._references[index] = reference
        return index

    def bind(self, objects):
        references = [weakref.ref(value) for value in objects]
        self._references = dict(enumerate(references))

    def find(self, index):
        if index not in self._references:
            raise LookupError(f"nothing is bound to index {index}")
        value = self._references[index]()
        if value is None:
            raise ReferenceError(f"the object at index {index} has died")
        return value


def reference_to(what, value):
    try:
        return weakref.ref(value)
    except TypeError as cause:
        unimplemented(
            gb_type=f"no weak reference to a {what}",
            context=type(value).__name__,
            explanation="The table holds no object strongly.",
            from_exc=cause,
        )


make = adapt(
    Registry,
    reset="forget",
    has_user_objects="is_used",
    register_user_object="add",
    register_graph_created_object="add_made",
    constructors="writers",
    store=lambda table, *objects: table.bind(objects),
    get="find",
)
