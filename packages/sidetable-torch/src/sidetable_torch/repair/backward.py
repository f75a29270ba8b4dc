"""Backward nodes, which keep what their forward had bound and find it when they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, Final, ParamSpec, TypeVar

import torch
from torch.autograd.function import BackwardCFunction

from .bindings import Bindings, Made, References

_P = ParamSpec("_P")
_R = TypeVar("_R")

_KEPT: Final = "_sidetable_torch_references"


def making_nodes(bindings: Bindings) -> Callable[[BackwardCFunction], None]:
    """Return an `__init__` for backward nodes that run Python; it keeps what is bound."""

    def __init__(self: BackwardCFunction) -> None:  # noqa: N807  # it is one
        binding = bindings.current()
        if binding.for_backward and binding.references:
            vars(self)[_KEPT] = binding.references

    return __init__


def running_nodes(
    original: Callable[Concatenate[BackwardCFunction, _P], _R], bindings: Bindings
) -> Callable[Concatenate[BackwardCFunction, _P], _R]:
    """Return a function that runs a backward node with the binding that it kept."""

    def apply(self: BackwardCFunction, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        references: References | None = vars(self).get(_KEPT)
        if references is None:
            return original(self, *args, **kwargs)
        after = _kept_after(self, references)
        leave = bindings.enter_node(references)
        try:
            result = original(self, *args, **kwargs)
        finally:
            leave()
        vars(self)[_KEPT] = after
        return result

    return apply


def _kept_after(node: BackwardCFunction, references: References) -> References:
    """Return what a node keeps after it has run: nothing strongly, if it cannot run again.

    A node without saved tensors can run again, even if nobody asked to retain the graph.
    """
    if (
        torch._C._autograd._get_current_graph_task_keep_graph()  # pyright: ignore[reportAttributeAccessIssue]
        or not any(isinstance(one, Made) for one in references.values())
        or not node._raw_saved_tensors
    ):
        return references
    return {
        index: one.weak() if isinstance(one, Made) else one for index, one in references.items()
    }
