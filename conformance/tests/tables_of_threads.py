"""Small tables that are right, or wrong, when two threads use them at once."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from contextvars import ContextVar


class SwapTable:
    """Builds a binding, then swaps it for the one that is there; registers in one step."""

    def __init__(self):
        self.binding = ()
        self.constructors = {}

    def has_user_objects(self):
        return bool(self.constructors)

    def store(self, *objects):
        self.binding = tuple(map(weakref.ref, objects))

    def get(self, index):
        return self.found(self.binding, index)

    def found(self, binding, index):
        value = binding[index]() if index < len(binding) else None
        if value is None:
            raise LookupError(index)
        return value

    @contextmanager
    def frame(self, *objects):
        before = self.binding
        self.store(*objects)
        yield
        self.binding = before

    def register_user_object(self, value, source):
        def constructor(codegen):
            codegen(source)

        index = 0
        while self.constructors.setdefault(index, constructor) is not constructor:
            index += 1
        return index


class ContextTable(SwapTable):
    """The same, with a binding for each context."""

    def __init__(self):
        self.variable = ContextVar("binding", default=())
        super().__init__()

    @property
    def binding(self):
        return self.variable.get()

    @binding.setter
    def binding(self, binding):
        self.variable.set(binding)


class ClearThenFillTable(SwapTable):
    """Clears its binding, and then fills it one by one."""

    def __init__(self):
        super().__init__()
        self.binding = []

    def store(self, *objects):
        self.binding.clear()
        for value in objects:
            self.binding.append(weakref.ref(value))


class SliceTable(SwapTable):
    """Assigns a slice of its list, whose length a lookup checks before it indexes."""

    def __init__(self):
        super().__init__()
        self.binding = []

    def store(self, *objects):
        self.binding[:] = map(weakref.ref, objects)

    def get(self, index):
        if index >= len(self.binding):
            raise LookupError(index)
        return self.binding[index]()


class TwiceTable(SwapTable):
    """Dereferences once to see whether the object is there, and once more to return it."""

    def found(self, binding, index):
        if binding[index]() is None:
            raise LookupError(index)
        return binding[index]()


LOCK = threading.Lock()
BINDING = []


class GlobalTable(SwapTable):
    """One list for the whole process, every use of it under a lock."""

    def __init__(self):
        self.constructors = {}

    def store(self, *objects):
        with LOCK:
            BINDING.clear()
            BINDING.extend(map(weakref.ref, objects))

    def get(self, index):
        with LOCK:
            return self.found(BINDING, index)


class HalfLockedTable(ClearThenFillTable):
    """Stores under a lock, and looks up without."""

    def __init__(self):
        super().__init__()
        self.lock = threading.RLock()

    def store(self, *objects):
        with self.lock:
            super().store(*objects)


class CountingTable(SwapTable):
    """Counts registrations in two steps."""

    def register_user_object(self, value, source):
        index = len(self.constructors)
        self.constructors[index] = lambda codegen: codegen(source)
        return index


class LateFrameTable(SwapTable):
    """Empties its binding before it enters a frame."""

    @contextmanager
    def frame(self, *objects):
        before, self.binding = self.binding, ()
        self.store(*objects)
        yield
        self.binding = before
