"""Handles that are wrong, objects that are copied, and the modes that PyTorch can be in."""

from __future__ import annotations

import contextvars
import copy
import io
import pickle
import threading

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

import sidetable_torch
from sidetable_core import SideTable
from sidetable_source import StaleHandleError, UnknownHandleError, WrongTableError
from sidetable_torch import Carried

from .scaling_ops import BACKENDS, Layer, Policy, count, ones, scale

EVERYWHERE = ["not compiled", *BACKENDS]


class Called(nn.Module):
    """A module for export: an op of what is passed in."""

    def __init__(self, op):
        super().__init__()
        self.op = op

    def forward(self, x, handle):
        return self.op(x, handle)


def saved_and_loaded(tensor):
    """A tensor, written and read as PyTorch does it by default: it runs no unknown code."""
    file = io.BytesIO()
    torch.save(tensor, file)
    file.seek(0)
    return torch.load(file)


@pytest.fixture(params=EVERYWHERE)
def op(request):
    """The op, in a function that may be compiled."""
    if request.param == "not compiled":
        return scale
    return torch.compile(scale, backend=request.param, fullgraph=True)


def test_a_handle_is_passed_as_it_is(op):
    """What a `Carried` holds is what stands for it."""
    assert op(torch.ones(1), Carried(Policy(2.0)).handle).item() == 2.0


def test_a_stale_handle_is_an_error(op):
    """No other object is used, although many were carried since."""
    stale = Carried(Policy(2.0)).handle.clone()
    others = [Carried(Policy(3.0)) for _ in range(100)]
    with pytest.raises(StaleHandleError):
        op(torch.ones(1), stale)
    assert op(torch.ones(1), others[-1]).item() == 3.0


def test_a_number_that_is_no_handle_is_an_error(op):
    """Nor is one that is nearly the handle of an object that is there."""
    carried = Carried(Policy(2.0))
    for tensor in (torch.tensor(5), carried.handle + 1):
        with pytest.raises(UnknownHandleError):
            op(torch.ones(1), tensor)


def test_a_handle_of_another_table_is_an_error(op):
    """A frame's handle finds nothing here."""
    policy = Policy(2.0)
    with SideTable("others").frame(policy) as frame, pytest.raises(WrongTableError):
        op(torch.ones(1), torch.tensor(frame.handle))


def test_a_tensor_that_holds_no_integer_is_an_error():
    """A tensor that was to be an object has to be carried, too."""
    with pytest.raises(TypeError):
        scale(torch.ones(1), torch.tensor(2.0))


@pytest.mark.parametrize("value", [None, 3, "text", (1, 2), threading.Lock(), torch.ones(2), type])
def test_anything_can_be_carried(value):
    """A function of an op gets the very object, whatever it is."""
    seen = []

    @sidetable_torch.custom_op("sidetable_tests::look", objects=("at",), mutates_args=("at",))
    def look(x: Tensor, at) -> None:
        seen.append(at)

    look(torch.ones(1), Carried(value))
    assert seen[0] is value
    assert Carried(value).object is value
    assert repr(Carried(value)) == f"Carried({value!r})"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_deep_copy_has_an_object_of_its_own(copied):
    """Also inside of a layer, and where the object refers back to what carries it."""
    layer = Layer(scale, Carried(Policy(2.0)))
    layer.carried.object.back = layer.carried
    other = copied(layer)
    other.carried.object.factor = 3.0
    assert other.op is scale
    assert other.carried.object.back is other.carried
    x = torch.ones(1)
    assert scale(x, other.carried).item() == 3.0
    assert scale(x, layer.carried).item() == 2.0


def test_a_shallow_copy_has_the_same_object():
    """It is carried again, and lives as long as either of the two."""
    carried = Carried(Policy(2.0))
    other = copy.copy(carried)
    assert other.object is carried.object
    del carried
    assert scale(torch.ones(1), other).item() == 2.0


@pytest.mark.parametrize("copied", [copy.deepcopy, saved_and_loaded], ids=["deepcopy", "save"])
def test_a_copy_of_a_handle_owns_nothing(copied):
    """It is the same number: what can be copied with its object is its `Carried`."""
    carried = Carried(Policy(2.0))
    other = copied(carried.handle)
    assert scale(torch.ones(1), other).item() == 2.0
    del carried
    with pytest.raises(StaleHandleError):
        scale(torch.ones(1), other)


def test_carrying_binds_nothing_here():
    """The context of whoever makes a `Carried` is left as it was."""
    before = dict(contextvars.copy_context().items())
    carried = Carried(Policy(2.0))
    assert dict(contextvars.copy_context().items()) == before
    assert contextvars.Context().run(scale, torch.ones(1), carried).item() == 2.0


def test_what_is_carried_in_inference_mode_can_be_trained_with():
    """Its handle can be saved for backward."""
    with torch.inference_mode():
        carried = Carried(Policy(2.0))
    x = ones(1)
    scale(x, carried).backward()
    assert x.grad.item() == 2.0


def test_what_is_carried_under_another_default_device_is_a_number():
    """Models are built on the meta device, and get their weights later."""
    with torch.device("meta"):
        carried = Carried(Policy(2.0))
    assert scale(torch.ones(1), carried).item() == 2.0


def test_fake_tensors():
    """Nothing is looked up, and what is carried meanwhile is right afterwards."""
    before = Carried(Policy(2.0))
    with FakeTensorMode() as mode:
        after = Carried(Policy(3.0))
        x = torch.ones(3)
        stale = mode.from_tensor(Carried(Policy(4.0)).handle)
        for carried in (before, after, Policy(4.0), stale):
            y = scale(x, carried)
            assert (type(y), y.shape) == (type(x), x.shape)
    assert [scale(torch.ones(1), one).item() for one in (before, after)] == [2.0, 3.0]


def test_tensors_without_data():
    """The meta device has shapes only."""
    assert scale(torch.ones(3, device="meta"), Carried(Policy(2.0))).shape == (3,)


@pytest.mark.parametrize("mode", ["real", "fake", "symbolic"])
def test_make_fx(mode):
    """A graph that is traced by hand has the handle as an input."""
    graph = make_fx(scale, tracing_mode=mode)(torch.ones(3), Carried(Policy(2.0)).handle)
    assert graph(torch.ones(1), Carried(Policy(3.0)).handle).item() == 3.0


@pytest.mark.parametrize("op", [scale, count])
@pytest.mark.parametrize("strict", [True, False])
def test_export_with_the_handle_as_an_input(op, strict):
    """What was exported and saved takes the handle of an object that is there when it runs."""
    x = torch.ones(1)
    program = torch.export.export(Called(op), (x, Carried(Policy(2.0)).handle), strict=strict)
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    loaded = torch.export.load(file).module()
    expected = 3.0 if op is scale else 1.0
    assert loaded(x, Carried(Policy(3.0)).handle).item() == expected


@pytest.mark.parametrize("strict", [True, False])
def test_export_of_a_layer_that_carries_an_object(strict):
    """The program keeps the object of the layer."""
    layer = Layer(scale, Carried(Policy(2.0)))
    x = torch.ones(2, 4)
    program = torch.export.export(layer, (x,), strict=strict)
    expected = layer(x)
    del layer
    torch.testing.assert_close(program.module()(x), expected)
