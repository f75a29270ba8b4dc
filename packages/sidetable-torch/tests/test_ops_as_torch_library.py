"""What `torch.library` has for an op works for one that takes objects."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sidetable_source import UnknownHandleError
from sidetable_torch import Carried, custom_op


class Number:
    """An object with an op for a method."""

    def __init__(self, value):
        self.value = value

    @custom_op("as_library::plus", objects=("self",), mutates_args=())
    def plus(self, x: Tensor) -> Tensor:
        """Add the number."""
        return x + self.value


@Number.plus.register_fake
def _(self, x):
    return torch.empty_like(x)


@custom_op("as_library::times", objects=("factor",), mutates_args=())
def times(x: Tensor, factor) -> Tensor:
    """Multiply by an object."""
    return x * factor


@times.register_fake
def _(x, factor):
    return torch.empty_like(x)


@pytest.mark.skipif(torch.__version__.startswith("2.11."), reason="its compiler allows either")
def test_a_method_can_be_an_op():
    """The instance is the object."""
    assert Number(3).plus(torch.ones(1)).item() == 4
    assert Number.plus(Number(4), torch.ones(1)).item() == 5


def test_opcheck_takes_the_op():
    """With a `Carried`, or its handle."""
    carried = Carried(Number(3))
    for given in (carried, carried.handle):
        results = torch.library.opcheck(Number.plus, (given, torch.ones(2)))
        assert set(results.values()) == {"SUCCESS"}


def test_autocast_can_be_registered():
    """The tensors are cast, and the object is what it was."""
    times.register_autocast("cpu", torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert times(torch.ones(1), 2).dtype is torch.bfloat16
    assert times(torch.ones(1), 2).dtype is torch.float32


@pytest.mark.parametrize("tensor", [torch.ones(1), torch.nn.Parameter(torch.ones(3))])
def test_a_plain_tensor_is_told_to_be_wrapped(tensor):
    """There, a tensor is taken for a handle."""
    with pytest.raises(TypeError, match=r"sidetable_torch\.Carried\(tensor\)"):
        times(torch.ones(1), tensor)
    assert torch.equal(times(torch.ones(1), Carried(tensor)), tensor)


def test_a_number_that_is_no_handle_is_told_to_be_wrapped():
    """It looks like a handle, and was never given out."""
    with pytest.raises(UnknownHandleError) as caught:
        times(torch.ones(1), torch.tensor(5))
    assert "sidetable_torch.Carried(tensor)" in caught.value.__notes__[0]
