"""Compiling: backends that use compiled functions, graph breaks, recompiling, resetting."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import torch
from torch._dynamo import graph_break, trace_rules
from torch._dynamo.backends.registry import lookup_backend

from .case import BACKENDS, Case, never
from .scaling import Scale, compiled, one, ones, plus_one, scaled, two
from .tally import Tally

_NO_LEAF: Final[dict[str, str]] = dict.fromkeys(
    BACKENDS, "compiled autograd takes no leaf function, and lookups in it raise, repaired or not"
)


def _with_backend(backend: str, tally: Tally, meanwhile: Callable[[], object]) -> None:
    """Compiles a function with a backend that does something else meanwhile."""

    def busy(graph: torch.fx.GraphModule, inputs: list[torch.Tensor]) -> Callable[..., object]:
        meanwhile()
        return lookup_backend(backend)(graph, inputs)

    function = compiled(one, busy)
    for factor in (3.0, 4.0, 5.0):
        module = Scale(factor)
        tally.expect(factor, lambda: function(ones(), module))  # noqa: B023


def _backend_compiles(backend: str, tally: Tally) -> None:
    def meanwhile() -> None:
        plain = compiled(plus_one, backend)
        tally.expect(2.0, lambda: plain(ones()))

    _with_backend(backend, tally, meanwhile)


def _backend_runs(backend: str, tally: Tally) -> None:
    warm, module = compiled(two, backend), Scale(7.0)
    warm(ones(), module, module)

    def meanwhile() -> None:
        tally.expect(49.0, lambda: warm(ones(), module, module))

    _with_backend(backend, tally, meanwhile)


def _backend_compiles_modules(backend: str, tally: Tally) -> None:
    def meanwhile() -> None:
        other, module = compiled(two, backend), Scale(7.0)
        tally.expect(49.0, lambda: other(ones(), module, module))

    _with_backend(backend, tally, meanwhile)


def _own_code(backend: str, tally: Tally) -> None:
    """PyTorch compiles a function of its own that the code before the graph calls.

    It does in the first call, when at that moment a compile in another thread says that nothing
    is to be left out: PyTorch keeps that in a flag of the whole process.
    """
    for module in (Scale(2.0), Scale(3.0)):
        with ExitStack() as flag:

            def compiling(
                graph: torch.fx.GraphModule, inputs: list[torch.Tensor]
            ) -> Callable[..., object]:
                flag.enter_context(trace_rules._force_inline())
                return lookup_backend(backend)(graph, inputs)

            function = compiled(one, compiling)
            tally.expect(module.factor, lambda: function(ones(), module))  # noqa: B023


def _graph_break(backend: str, tally: Tally) -> None:
    def broken(x: torch.Tensor, a: Scale, b: Scale) -> torch.Tensor:  # pragma: no cover  # compiled
        y = scaled(a, x)[0]
        graph_break()
        return scaled(b, y)[0]

    function, a, b = compiled(broken, backend), Scale(2.0), Scale(3.0)
    for _ in range(3):
        tally.expect(6.0, lambda: function(ones(), a, b))


def _recompiles(backend: str, tally: Tally) -> None:
    function, module = compiled(one, backend), Scale(2.0)
    for repeats in (1, 2, 3, 1, 2, 3):
        x = ones().repeat(repeats)
        tally.expect(2.0, lambda: function(x, module))  # noqa: B023


def _reset(backend: str, tally: Tally) -> None:
    function, module = compiled(one, backend), Scale(2.0)
    tally.expect(2.0, lambda: function(ones(), module))
    torch.compiler.reset()
    tally.expect(2.0, lambda: function(ones(), module))


def _module(backend: str, tally: Tally) -> None:
    """A compiled module, called through `Module.compile` and through `torch.compile`."""

    class Layer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Scale(2.0)

        def forward(self, x: torch.Tensor) -> torch.Tensor:  # pragma: no cover  # compiled
            return scaled(self.inner, x)[0]

    wrapped, own = torch.compile(Layer(), backend=backend), Layer()
    own.compile(backend=backend)
    tally.expect(2.0, lambda: wrapped(ones()))
    tally.expect(2.0, lambda: own(ones()))


CASES: Final = (
    Case("the backend compiles something else", _backend_compiles),
    Case("the backend compiles something else that has modules", _backend_compiles_modules),
    Case("the backend runs a compiled function", _backend_runs),
    Case("PyTorch compiles code of its own just before the graph", _own_code),
    Case("a graph break", _graph_break),
    Case("recompiling for other shapes", _recompiles),
    Case("torch.compiler.reset()", _reset),
    Case("compiled modules", _module),
    Case("compiled autograd", never, refused=_NO_LEAF),
)
