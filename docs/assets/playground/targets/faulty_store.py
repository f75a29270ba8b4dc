"""A side table whose store forgets to clear: store.replaces-all."""

import weakref

from sidetable_source import unimplemented


class Table:
    """From small indices to live objects."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.constructors, self._references, self._kept = [], {}, []

    def has_user_objects(self):
        return bool(self.constructors)

    def register_user_object(self, value, source):
        reference = reference_to("user object", value)
        return self._register(reference, lambda codegen: codegen(source))

    def register_graph_created_object(self, value, construct_fn):
        reference = reference_to("graph-created object", value)
        self._kept.append(value)
        index = len(self.constructors)
        return self._register(reference, lambda codegen: construct_fn(index, codegen))

    def _register(self, reference, constructor):
        index = len(self.constructors)
        self.constructors.append(constructor)
        self._references[index] = reference
        return index

    def store(self, *objects):
        references = [weakref.ref(value) for value in objects]
        self._references.update(enumerate(references))  # the fault

    def get(self, index):
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
