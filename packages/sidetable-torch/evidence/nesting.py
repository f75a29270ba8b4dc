"""Calls and compiles inside of calls and compiles."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import torch
from torch._dynamo import graph_break, trace_rules
from torch._dynamo.backends.registry import lookup_backend

from case import BACKENDS, Case, Tally, never
from scaling import Scale, compiled, one, ones, plus_one, scaled, two

_NO_COMPILED_AUTOGRAD: Final[dict[str, str]] = dict.fromkeys(
    BACKENDS, "compiled autograd takes no leaf function, and lookups in it raise, repaired or not"
)
_TIMES: Final = 3


def _inside(backend: str, tally: Tally, action: Callable[[], object]) -> None:
    """Call a function of two modules, which does something while it uses the first of them."""
    function, first, second = compiled(two, backend), Scale(2.0), Scale(3.0)
    function(ones(), first, second)
    first.action = action
    for _ in range(_TIMES):
        tally.expect(6.0, lambda: function(ones(), first, second))


def _warm(backend: str, tally: Tally) -> None:
    """Both functions have been called before."""
    inner, module = compiled(one, backend), Scale(7.0)
    inner(ones(), module)
    _inside(backend, tally, lambda: tally.expect(7.0, lambda: inner(ones(), module)))


def _cold(backend: str, tally: Tally) -> None:
    """The inner function has no module, and is compiled when it is called."""

    def action() -> None:
        plain = compiled(plus_one, backend)
        tally.expect(2.0, lambda: plain(ones()))

    _inside(backend, tally, action)


def _plus_length(x: torch.Tensor, text: str) -> torch.Tensor:
    """Add a number that the compiled function is compiled for."""
    return x + len(text)


def _recompiling(backend: str, tally: Tally) -> None:
    """The inner function is called with an input that it was not compiled for."""
    plain = compiled(_plus_length, backend)
    texts = iter(("a", "bb", "ccc"))

    def action() -> None:
        text = next(texts)
        tally.expect(1.0 + len(text), lambda: plain(ones(), text))

    _inside(backend, tally, action)


def _call_deep(backend: str, tally: Tally, *, depth: int) -> None:
    """Call a function that calls itself, with other modules than the level above has."""
    function = compiled(two, backend)
    pairs = (Scale(2.0), Scale(3.0)), (Scale(5.0), Scale(7.0))
    for pair in pairs:
        function(ones(), *pair)

    def call(level: int) -> None:
        first, second = pairs[level % 2]

        def deeper() -> None:
            first.action = None  # once at each level: the one two below has the same modules
            if level + 1 < depth:
                call(level + 1)

        first.action = deeper
        tally.expect(first.factor * second.factor, lambda: function(ones(), first, second))

    for _ in range(_TIMES):
        call(0)


def _reentrant(backend: str, tally: Tally) -> None:
    _call_deep(backend, tally, depth=2)


def _five_deep(backend: str, tally: Tally) -> None:
    _call_deep(backend, tally, depth=5)


def _exception(backend: str, tally: Tally) -> None:
    """The inner call raises; the outer one finds what is its own."""
    inner, module = compiled(one, backend), Scale(7.0)
    inner(ones(), module)

    def fail() -> None:
        raise ArithmeticError

    module.action = fail

    def failing() -> None:
        tally.expect_error(ArithmeticError, lambda: inner(ones(), module))

    _inside(backend, tally, failing)


class _PlusOne(torch.nn.Module):
    """A module that has nothing opaque."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add one."""
        return x + 1


def _exporting(backend: str, tally: Tally) -> None:
    """PyTorch exports by compiling, and compiling begins by clearing the table."""

    def action() -> None:
        exported = torch.export.export(_PlusOne(), (ones(),), strict=True)
        tally.expect(2.0, lambda: exported.module()(ones()))

    _inside(backend, tally, action)


# --- compiling -----------------------------------------------------------------------------


def _with_backend(backend: str, tally: Tally, meanwhile: Callable[[], object]) -> None:
    """Compile a function with a backend that does something else meanwhile."""

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
    def broken(x: torch.Tensor, a: Scale, b: Scale) -> torch.Tensor:
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

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return scaled(self.inner, x)[0]

    wrapped, own = torch.compile(Layer(), backend=backend), Layer()
    own.compile(backend=backend)
    tally.expect(2.0, lambda: wrapped(ones()))
    tally.expect(2.0, lambda: own(ones()))


CASES: Final = (
    Case("a leaf function calls a compiled function, warm", _warm),
    Case("a leaf function calls a compiled function, cold", _cold),
    Case("a leaf function calls a compiled function, recompiling", _recompiling),
    Case("a leaf function calls its own function again", _reentrant),
    Case("a leaf function calls its own function again, five deep", _five_deep),
    Case("a call inside a call raises", _exception),
    Case("a leaf function exports strictly", _exporting),
    Case("the backend compiles something else", _backend_compiles),
    Case("the backend compiles something else that has modules", _backend_compiles_modules),
    Case("the backend runs a compiled function", _backend_runs),
    Case("PyTorch compiles code of its own just before the graph", _own_code),
    Case("a graph break", _graph_break),
    Case("recompiling for other shapes", _recompiles),
    Case("torch.compiler.reset()", _reset),
    Case("compiled modules", _module),
    Case("compiled autograd", never, impossible=_NO_COMPILED_AUTOGRAD),
)
