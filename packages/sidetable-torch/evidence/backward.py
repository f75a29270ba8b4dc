"""Operators that look their object up again in backward."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import torch
from torch._dynamo import graph_break
from torch.utils.checkpoint import checkpoint

from case import Case, Tally
from scaling import Compiled, Scale, compiled, looked_up, one, ones, plus_one

_NO_DOUBLE: Final[dict[str, str]] = dict.fromkeys(
    ("aot_eager", "inductor"), "AOT Autograd has no double backward"
)


def _forward(function: Compiled, factor: float) -> tuple[torch.Tensor, torch.Tensor, Scale]:
    """Return an input, the output, and the module, which the caller keeps alive."""
    x, module = ones(grad=True), Scale(factor)
    return x, function(x, module), module


def _gradient(
    x: torch.Tensor, y: torch.Tensor, *, keep: bool = False
) -> Callable[[], torch.Tensor]:
    return lambda: torch.autograd.grad(y.sum(), x, retain_graph=keep)[0]


def _a(backend: str, tally: Tally) -> None:
    x, y, _module = _forward(compiled(looked_up, backend), 2.0)
    tally.expect(2.0, _gradient(x, y))


def _a_b_a(backend: str, tally: Tally) -> None:
    function = compiled(looked_up, backend)
    x, y, _a = _forward(function, 2.0)
    other_x, other_y, _b = _forward(function, 3.0)
    tally.expect(2.0, _gradient(x, y))
    tally.expect(3.0, _gradient(other_x, other_y))


def _compile_between(backend: str, tally: Tally) -> None:
    x, y, _module = _forward(compiled(looked_up, backend), 2.0)
    compiled(plus_one, backend)(ones())
    tally.expect(2.0, _gradient(x, y))


def _other_thread(backend: str, tally: Tally) -> None:
    x, y, _module = _forward(compiled(looked_up, backend), 2.0)
    thread = threading.Thread(target=tally.expect, args=(2.0, _gradient(x, y)))
    thread.start()
    thread.join()


def _other_thread_later(backend: str, tally: Tally) -> None:
    function = compiled(looked_up, backend)
    x, y, _module = _forward(function, 2.0)
    _forward(function, 3.0)
    thread = threading.Thread(target=tally.expect, args=(2.0, _gradient(x, y)))
    thread.start()
    thread.join()


def _checkpoints(backend: str, tally: Tally, *, use_reentrant: bool) -> None:
    function = compiled(looked_up, backend)
    x, z = ones(grad=True), ones(grad=True)
    a, b = Scale(2.0), Scale(3.0)
    function(x, a)
    y = checkpoint(function, x, a, use_reentrant=use_reentrant)
    w = checkpoint(function, z, b, use_reentrant=use_reentrant)

    def both() -> list[list[float]]:
        torch.autograd.backward((y.sum(), w.sum()))
        return [tensor.grad.tolist() for tensor in (x, z) if tensor.grad is not None]

    tally.expect([[2.0, 2.0], [3.0, 3.0]], both)


def _two_checkpoints(backend: str, tally: Tally) -> None:
    _checkpoints(backend, tally, use_reentrant=False)


def _reentrant_checkpoints(backend: str, tally: Tally) -> None:
    _checkpoints(backend, tally, use_reentrant=True)


def _twice(backend: str, tally: Tally) -> None:
    function = compiled(looked_up, backend)
    x, y, _a = _forward(function, 2.0)
    tally.expect(2.0, _gradient(x, y, keep=True))
    _forward(function, 3.0)
    tally.expect(2.0, _gradient(x, y))


def _double(backend: str, tally: Tally) -> None:
    """The gradient is the input times the factor, so the second is the factor again."""
    function = compiled(looked_up, backend)
    x, module = ones(grad=True), Scale(2.0)
    y = function(x, module)
    _forward(function, 3.0)

    def second() -> torch.Tensor:
        weight = torch.ones_like(y, requires_grad=True)
        (first,) = torch.autograd.grad(y, x, weight, create_graph=True)
        _forward(function, 5.0)
        return torch.autograd.grad(first.sum(), weight)[0]

    tally.expect(2.0, second)


def _after_one_that_raised(backend: str, tally: Tally) -> None:
    """A lookup fails in one backward, because its module is gone; the others are as before."""
    function = compiled(looked_up, backend)
    x, y, _a = _forward(function, 2.0)
    broken_x, broken_y, broken = _forward(function, 3.0)
    del broken.factor

    tally.expect_error(AttributeError, _gradient(broken_x, broken_y))
    tally.expect(2.0, _gradient(x, y))
    plain, module = compiled(one, backend), Scale(5.0)
    tally.expect(5.0, lambda: plain(ones(), module))


def _two_graphs(backend: str, tally: Tally) -> None:
    """Both graphs of a function with a graph break, each with a module of its own."""

    def broken(x: torch.Tensor, a: Scale, b: Scale) -> torch.Tensor:
        y = looked_up(x, a)
        graph_break()
        return looked_up(y, b)

    function = compiled(broken, backend)
    x, a, b = ones(grad=True), Scale(2.0), Scale(3.0)
    y = function(x, a, b)
    z = function(x, Scale(5.0), Scale(7.0))
    tally.expect(6.0, _gradient(x, y))
    del z


def _dropped_before(backend: str, tally: Tally) -> None:
    """The caller drops the module between forward and backward: the table never owned it."""
    x, y, module = _forward(compiled(looked_up, backend), 2.0)
    del module
    tally.expect(2.0, _gradient(x, y), refusal=(AssertionError, "no longer alive"))


CASES: Final = (
    Case("backward that looks up: A, backward A", _a),
    Case("backward that looks up: A, B, backward A, backward B", _a_b_a),
    Case("backward that looks up: A, an unrelated compile, backward A", _compile_between),
    Case("backward that looks up: in another thread", _other_thread),
    Case("backward that looks up: A, B, backward A in another thread", _other_thread_later),
    Case("backward that looks up: two checkpoints", _two_checkpoints),
    Case("backward that looks up: two reentrant checkpoints", _reentrant_checkpoints),
    Case("backward that looks up: run twice", _twice),
    Case("backward that looks up: double backward", _double, impossible=_NO_DOUBLE),
    Case("backward that looks up: after a backward that raised", _after_one_that_raised),
    Case("backward that looks up: two graphs of one function", _two_graphs),
    Case("backward that looks up: the caller has dropped the module", _dropped_before),
)
