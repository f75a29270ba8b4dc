"""Compiled functions that are called while another one, or the same, runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch

from .case import Case
from .scaling import Scale, compiled, one, ones, plus_one, two
from .tally import Tally

_TIMES: Final = 3


def _inside(backend: str, tally: Tally, action: Callable[[], object]) -> None:
    """Calls a function of two modules, which does something while it uses the first of them."""
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


def _plus_length(x: torch.Tensor, text: str) -> torch.Tensor:  # pragma: no cover  # compiled
    """Adds a number that the compiled function is compiled for."""
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
    """Calls a function that calls itself, with other modules than the level above has."""
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

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # pragma: no cover  # exported
        """Adds one."""
        return x + 1


def _exporting(backend: str, tally: Tally) -> None:
    """PyTorch exports by compiling, and compiling begins by clearing the table."""

    def action() -> None:
        exported = torch.export.export(_PlusOne(), (ones(),), strict=True)
        tally.expect(2.0, lambda: exported.module()(ones()))

    _inside(backend, tally, action)


CASES: Final = (
    Case("a leaf function calls a compiled function, warm", _warm),
    Case("a leaf function calls a compiled function, cold", _cold),
    Case("a leaf function calls a compiled function, recompiling", _recompiling),
    Case("a leaf function calls its own function again", _reentrant),
    Case("a leaf function calls its own function again, five deep", _five_deep),
    Case("a call inside a call raises", _exception),
    Case("a leaf function exports strictly", _exporting),
)
