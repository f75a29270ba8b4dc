"""Which objects the indices mean here and now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Final, TypeAlias, final
from weakref import ref

import torch

Reference: TypeAlias = Callable[[], object]
References: TypeAlias = Mapping[int, Reference]
Kept: TypeAlias = tuple[object, "Kept"] | None
"""A linked list, the newest object first: adding one has a constant cost."""

graph_task: Final[Callable[[], int]] = torch._C._current_graph_task_id
"""Return the number of the backward that this thread is running, -1 if it runs none."""

_OVER: Final = -2
"""The graph task of a binding whose call has ended: no code runs in it."""


@final
class Made:
    """A strong reference to an object that the graph made itself; nothing else may hold it."""

    __slots__ = ("_made",)

    def __init__(self, made: object) -> None:
        self._made = made

    def __call__(self) -> object:
        """Return the object."""
        return self._made

    def weak(self) -> Reference:
        """Return a weak reference to the object."""
        return ref(self._made)


@final
class Binding:
    """What the indices mean; never changed, except that the end of its call empties it.

    Args:
        references: The reference of each index.
        kept: What is kept alive until the call ends.
        stored: What was kept alive when the references were stored.
        task: The graph task that bound the objects.
        for_backward: Whether backward nodes that are made now keep the references.

    Attributes:
        earlier: The bindings that this one replaced, which copied contexts may still have.
    """

    __slots__ = ("__weakref__", "earlier", "for_backward", "kept", "references", "stored", "task")

    def __init__(
        self, references: References, kept: Kept, stored: Kept, task: int, for_backward: bool
    ) -> None:
        self.references: References = references
        self.kept: Kept = kept
        self.stored: Kept = stored
        self.task: int = task
        self.for_backward: bool = for_backward
        self.earlier: tuple[ref[Binding], ...] = ()

    def end(self) -> None:
        """Release all objects; no lookup finds this binding any more."""
        self.references = {}
        self.kept = self.stored = None
        self.task = _OVER


class _OnThread(threading.local):
    """What belongs to a thread.

    Attributes:
        binding: The binding of the backward node that the thread runs; None outside nodes.
    """

    binding: Binding | None = None


@final
class Bindings:
    """What the indices mean in each context, and in each backward node that runs.

    A node's binding belongs to the thread: PyTorch runs compiled backward functions in a context
    of its own making, and a node runs on one thread from start to end. Everything else belongs to
    the context. A binding counts only in the backward that it was made in, or outside backwards if
    it was made outside: a backward that begins in the middle of a call cannot see that call.

    Attributes:
        nothing: The binding of a context in which nothing is bound.
    """

    # This is a bare context variable and no `sidetable_core.SideTable`. A call that binds nothing
    # costs 0.17 us here; `with table.frame()` takes 2.5 us, a fifth of the smallest compiled call.
    __slots__ = ("_context", "_end_call", "_get", "_thread", "nothing")

    def __init__(self) -> None:
        self.nothing: Final = Binding({}, None, None, -1, True)
        self._context: Final = ContextVar("sidetable_torch", default=self.nothing)
        self._thread: Final = _OnThread()
        # Every call of a compiled function needs these two: to look them up anew costs it 0.05 us.
        self._get: Final = self._context.get
        self._end_call: Final = self._leave

    def current(self) -> Binding:
        """Return the binding that counts here and now."""
        task = graph_task()
        binding = self._thread.binding
        if binding is None or binding.task != task:
            binding = self._get()
            if binding.task != task:
                return self.nothing
        return binding

    def bind(self, references: References) -> None:
        """Replace what the indices mean; what is kept alive stays alive."""
        current = self.current()
        self._replace(references, current.kept, current.stored, current.for_backward)

    def store(self, objects: Sequence[object]) -> None:
        """Bind these objects to the indices from 0 on, and nothing else.

        Hold what the graph made since the last store strongly, until the call ends.

        Raises:
            TypeError: If an object cannot be weakly referenced. Nothing is bound then.
        """
        current = self.current()
        try:
            references: dict[int, Reference] = dict(enumerate(map(ref, objects)))
        except TypeError:
            self._replace({}, current.kept, current.kept, True)
            raise
        kept = current.kept
        if kept is not current.stored:
            made = list(_newest(kept, current.stored))
            for index, value in enumerate(objects):
                if any(value is one for one in made):
                    references[index] = Made(value)
        self._replace(references, kept, kept, current.for_backward)

    def keep(self, value: object) -> None:
        """Keep an object alive until the call ends, or until reset outside of calls."""
        current = self.current()
        kept = (value, current.kept)
        self._replace(current.references, kept, current.stored, current.for_backward)

    def kept(self) -> list[object]:
        """Return what is kept alive, the oldest first."""
        return list(_newest(self.current().kept, None))[::-1]

    def keep_only(self, values: Sequence[object]) -> None:
        """Replace everything that is kept alive."""
        current = self.current()
        kept: Kept = None
        for value in values:
            kept = (value, kept)
        self._replace(current.references, kept, kept, current.for_backward)

    def enter(self) -> Callable[[], None]:
        """Begin a call, and return the function that ends it; nearly free until the call binds."""
        thread = self._thread
        carried = thread.binding
        if carried is not None:  # What a node has is not meant for the functions that it calls.
            thread.binding = None
        return partial(self._end_call, self._get(), carried)

    def _leave(self, found: Binding, carried: Binding | None) -> None:
        if carried is not None:
            self._thread.binding = carried
        binding = self._get()
        if binding is found:
            return
        binding.end()
        for reference in reversed(binding.earlier):
            earlier = reference()
            if earlier is found:
                break
            if earlier is not None:
                earlier.end()
        self._context.set(found)

    def enter_plain_graph(self) -> Callable[[], None]:
        """Let backward nodes made from now on keep nothing, and return what ends that."""
        current = self.current()
        self._replace(current.references, current.kept, current.stored, False)
        return partial(_leave_plain_graph, self._context.get())

    def enter_node(self, references: References) -> Callable[[], None]:
        """Begin a backward node that kept some references, and return what ends it."""
        found = self._thread.binding
        self._thread.binding = Binding(references, None, None, graph_task(), True)
        return partial(self._leave_node, found)

    def _leave_node(self, found: Binding | None) -> None:
        self._thread.binding = found

    def _replace(
        self, references: References, kept: Kept, stored: Kept, for_backward: bool
    ) -> None:
        task = graph_task()
        binding = Binding(references, kept, stored, task, for_backward)
        node = self._thread.binding
        if node is not None and node.task == task:
            self._thread.binding = binding
            return
        found = self._context.get()
        if found is not self.nothing:
            alive = [one for one in found.earlier if one() is not None]
            binding.earlier = (*alive, ref(found))
        self._context.set(binding)


def _leave_plain_graph(entered: Binding) -> None:
    entered.for_backward = True


def _newest(kept: Kept, until: Kept) -> Iterator[object]:
    while kept is not None and kept is not until:
        value, kept = kept
        yield value
