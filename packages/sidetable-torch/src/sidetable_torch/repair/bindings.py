"""Which objects the indices mean here and now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias, final
from weakref import ref

import torch

Reference: TypeAlias = Callable[[], object]
References: TypeAlias = Mapping[int, Reference]
Kept: TypeAlias = tuple[object, "Kept"] | None
"""A linked list, the newest object first: adding one has a constant cost."""

graph_task: Final[Callable[[], int]] = torch._C._current_graph_task_id
"""Return the number of the backward that this thread is running, -1 if it runs none."""

_NOTHING: Final[References] = MappingProxyType({})

_OVER: Final = -2
"""The graph task of a binding whose call has ended, and of the first one: no code runs in it."""


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

    To call it ends the call that found it: what is bound now is emptied, and this is put back. One
    that is empty itself need not be put back, because two empty ones mean the same.

    Attributes:
        context: The context variable that it is put back in.
        references: The reference of each index.
        kept: What is kept alive until the call ends.
        stored: What was kept alive when the references were stored.
        task: The graph task that bound the objects.
        for_backward: Whether backward nodes that are made now keep the references.
        earlier: The bindings that this one replaced, which copied contexts may still have.
    """

    # Not slots: what a class has need not be set in each call that binds, which takes 0.3 us.
    context: ContextVar[Binding]
    references: References = _NOTHING
    kept: Kept = None
    stored: Kept = None
    task: int = -1
    for_backward: bool = True
    earlier: tuple[ref[Binding], ...] = ()

    def __call__(self) -> None:
        """End a call that found this binding; each call ends so, whether it bound or not."""
        context = self.context
        ended = context.get()
        if ended is self:
            return
        if self.task != _OVER:
            context.set(self)
        # As `end` does it: to call that takes 0.3 us more.
        ended.references = _NOTHING
        ended.task = _OVER
        if ended.kept is not None:
            ended.kept = ended.stored = None
        if ended.earlier:
            ended.end_earlier(self)

    def end_earlier(self, found: Binding) -> None:
        """End what this binding replaced since its call found a binding."""
        for reference in reversed(self.earlier):
            earlier = reference()
            if earlier is found:
                break
            if earlier is not None:
                earlier.end()

    def end(self) -> None:
        """Release all objects; no lookup finds this binding any more."""
        self.references = _NOTHING
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
        found: Returns the binding of this context, which to call ends the call that found it.
        nodes: One element for each backward node that runs, on any thread. While there is none,
            nobody asks for the thread's own binding, which would take 0.1 us in each call.
    """

    # This is a bare context variable and no `sidetable_core.SideTable`. A call that binds nothing
    # costs 0.17 us here; `with table.frame()` takes 2.5 us, a fifth of the smallest compiled call.
    __slots__ = ("_context", "_set", "_thread", "found", "nodes", "nothing")

    def __init__(self) -> None:
        self.nothing: Final = Binding()
        context = ContextVar("sidetable_torch", default=self.nothing)
        self.nothing.context = context
        self.nothing.task = _OVER
        self._context: Final = context
        # Every call of a compiled function needs these: to look them up anew costs it 0.1 us.
        self.found: Final = context.get
        self._set: Final = context.set
        self._thread: Final = _OnThread()
        self.nodes: Final[list[None]] = []

    def current(self) -> Binding:
        """Return the binding that counts here and now."""
        task = graph_task()
        if self.nodes:
            binding = self._thread.binding
            if binding is not None and binding.task == task:
                return binding
        binding = self.found()
        return binding if binding.task == task else self.nothing

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
        references: dict[int, Reference] = {}
        try:
            for value in objects:  # `dict(enumerate(map(ref, objects)))` takes twice as long
                references[len(references)] = ref(value)
        except TypeError:
            kept = self.current().kept
            self._replace({}, kept, kept, True)
            raise
        if self.found().task == _OVER and not self.nodes:
            # What almost every call does. What follows would do the same, 0.6 us slower.
            binding = Binding()
            binding.context = self._context
            binding.references = references
            binding.task = graph_task()
            self._set(binding)
            return
        current = self.current()
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
        if current is self.nothing and not values:
            return
        kept: Kept = None
        for value in values:
            kept = (value, kept)
        self._replace(current.references, kept, kept, current.for_backward)

    def enter(self) -> Callable[[], None]:
        """Begin a call, and return what ends it."""
        return self.enter_from_node() if self.nodes else self.found()

    def enter_from_node(self) -> Callable[[], None]:
        """Begin a call: what a node has is not meant for the functions that it calls."""
        thread = self._thread
        carried, thread.binding = thread.binding, None
        leave = self.found()

        def leave_to_node() -> None:
            thread.binding = carried
            leave()

        return leave_to_node

    def enter_plain_graph(self) -> Callable[[], None]:
        """Let backward nodes made from now on keep nothing, and return what ends that."""
        current = self.current()
        self._replace(current.references, current.kept, current.stored, False)
        return partial(_leave_plain_graph, self.found())

    def enter_node(self, references: References) -> Callable[[], None]:
        """Begin a backward node that kept some references, and return what ends it."""
        found = self._thread.binding
        self.nodes.append(None)
        binding = self._thread.binding = Binding()
        binding.context = self._context
        binding.references = references
        binding.task = graph_task()
        return partial(self._leave_node, found)

    def _leave_node(self, found: Binding | None) -> None:
        self._thread.binding = found
        self.nodes.pop()

    def _replace(
        self, references: References, kept: Kept, stored: Kept, for_backward: bool
    ) -> None:
        binding = Binding()
        binding.context = self._context
        binding.references = references
        binding.kept = kept
        binding.stored = stored
        binding.task = graph_task()
        binding.for_backward = for_backward
        if self.nodes:
            node = self._thread.binding
            if node is not None and node.task == binding.task:
                self._thread.binding = binding
                return
        found = self.found()
        if found.task != _OVER:
            binding.earlier = _earlier(found)
        self._set(binding)


def _earlier(found: Binding) -> tuple[ref[Binding], ...]:
    """Return what a binding replaces that replaces this one."""
    return (*[one for one in found.earlier if one() is not None], ref(found))


def _leave_plain_graph(entered: Binding) -> None:
    entered.for_backward = True


def _newest(kept: Kept, until: Kept) -> Iterator[object]:
    while kept is not None and kept is not until:
        value, kept = kept
        yield value
