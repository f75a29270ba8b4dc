"""Letting the backward nodes of a forward carry the forward's binding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias, final

import torch
from torch.autograd.function import BackwardCFunction

if TYPE_CHECKING:
    from torch.autograd.graph import Node

    from .binding import Binding
    from .carried import CarriedByThread

GET_BACKWARD: Final = "_get_user_fn"
"""The method of PyTorch's that each node asks for the function to run."""

Backward: TypeAlias = Callable[..., object]


@final
class Snapshot:
    """The binding of one forward, kept for its backward: holds its objects strongly.

    Args:
        binding: The binding.
        carried: What each thread carries.
    """

    __slots__ = ("_binding", "_carried", "_objects")

    def __init__(self, binding: Binding, carried: CarriedByThread) -> None:
        self._binding = binding
        self._carried = carried
        self._objects = [reference() for reference in binding.values()]

    def follow(self, nodes: Iterable[Node], sequence: int, stops: Iterable[Node | None]) -> None:
        """Lets all nodes between some outputs and what they were computed from carry the binding.

        Only nodes that run Python code can look anything up. Takes time proportional to the
        number of nodes.

        Args:
            nodes: The nodes that the outputs came out of.
            sequence: The number that the first node could have: older ones were there before.
            stops: Nodes that were there before; None stands for none.
        """
        seen = {None, *stops}
        pending: list[Node | None] = list(nodes)
        while pending:
            node = pending.pop()
            if node is None or node in seen or node._sequence_nr() < sequence:
                continue
            seen.add(node)
            # Nodes of a compiled function that was called inside carry what that one bound.
            runs_python: object = node  # the two classes are not related for a type checker
            if isinstance(runs_python, BackwardCFunction):
                carrying = partial(self._carrying, type(runs_python))
                vars(runs_python).setdefault(GET_BACKWARD, carrying)
            for following, _ in node.next_functions:
                pending.append(following)

    def _carrying(self, kind: type[BackwardCFunction]) -> Backward:
        """Returns the backward function of a kind of node, run with the binding."""
        return partial(self._run, kind._get_user_fn)

    def _run(
        self,
        get_backward: Callable[[BackwardCFunction], Backward],
        node: BackwardCFunction,
        *gradients: object,
    ) -> object:
        carried = self._carried
        found = carried.binding
        carried.binding = self._binding
        sequence = sequence_number()
        try:
            result = get_backward(node)(node, *gradients)
        finally:
            carried.binding = found
        # Its own nodes, which a second backward will run, carry the same.
        if torch.is_grad_enabled():
            results = result if isinstance(result, tuple) else (result,)
            self.follow(nodes_of(results), sequence, ())
        return result


sequence_number: Final[Callable[[], int]] = torch.autograd._get_sequence_nr  # type: ignore[attr-defined]
"""Returns the number that the next node will get on this thread; they only grow."""


def nodes_of(values: Iterable[object]) -> list[Node]:
    """Returns the nodes that the tensors among some values came out of."""
    return [
        value.grad_fn
        for value in values
        if isinstance(value, torch.Tensor) and value.grad_fn is not None
    ]
