"""Compiled graphs that let their backward know what they were called with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Final, cast, final

import torch
from torch._C._dynamo.eval_frame import (
    _FrameAction,
    _FrameExecStrategy,
    set_code_exec_strategy,
    set_eval_frame,
)
from torch._dynamo.eval_frame import skip_code

from .backward import Snapshot, nodes_of, sequence_number

if TYPE_CHECKING:
    from .bindings import Bindings

PREFIX: Final = "__compiled_fn"
"""What the global names begin with under which generated code finds compiled graphs."""

_WRAPPED: Final = "_sidetable_torch_graph"


@final
class Graphs:
    """Wraps compiled graphs.

    Args:
        bindings: Which binding counts.
    """

    __slots__ = ("_bindings",)

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings

    def wrapped(self, graph: Callable[..., object]) -> Callable[..., object]:
        """Returns a function that calls a compiled graph, and follows what comes out of it."""
        run = self.run

        def compiled_graph(*args: object, **kwargs: object) -> object:
            # As a disabled function does. To be left alone is not enough: Python's own calls stay
            # slow for as long as Dynamo is asked about frames, in all that the graph calls.
            asked = set_eval_frame(None)
            try:
                return run(graph, *args, **kwargs)
            finally:
                set_eval_frame(asked)

        skip_code(compiled_graph.__code__)
        vars(compiled_graph)[_WRAPPED] = graph
        return compiled_graph

    def run(self, graph: Callable[..., object], *args: object, **kwargs: object) -> object:
        """Runs a compiled graph, and lets the nodes that it made carry the binding."""
        binding = self._bindings.current()
        if not binding:
            return graph(*args, **kwargs)
        found = [arg.grad_fn for arg in args if isinstance(arg, torch.Tensor)]
        sequence = sequence_number()
        result = graph(*args, **kwargs)
        # An argument that was changed in place comes out as well.
        outputs = (*result, *args) if isinstance(result, (list, tuple)) else (result, *args)
        if nodes := nodes_of(outputs):
            Snapshot(binding, self._bindings.carried).follow(nodes, sequence, found)
        return result

    def wrap_all(self) -> None:
        """Wraps the compiled graphs that are there already, where modules have them."""
        for namespace, name, graph in _compiled_graphs():
            namespace[name] = self.wrapped(graph)

    def unwrap_all(self) -> None:
        """Puts the compiled graphs themselves back, where modules have them.

        Elsewhere they stay wrapped, which does nothing when nothing is bound.
        """
        for namespace, name, graph in _compiled_graphs():
            namespace[name] = getattr(graph, _WRAPPED, graph)


def _compiled_graphs() -> list[tuple[dict[str, object], str, Callable[..., object]]]:
    modules: list[object] = list(sys.modules.values())  # some put other things there
    return [
        (vars(module), name, value)
        for module in modules
        if isinstance(module, ModuleType)
        for name, value in tuple(vars(module).items())
        if name.startswith(PREFIX) and callable(value)
    ]


def leave_alone(function: Callable[..., object]) -> None:
    """Tells Dynamo to run a function of ours, and all that it calls, as it is."""
    set_code_exec_strategy(
        cast("FunctionType", function).__code__,
        _FrameExecStrategy(_FrameAction.SKIP, _FrameAction.SKIP),
    )
