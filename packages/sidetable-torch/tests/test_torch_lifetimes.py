"""How long modules and streams live with the repair, beside how long they live without it."""

from __future__ import annotations

import contextlib
import gc
import weakref

import pytest
import torch
from torch._dynamo.graph_bytecode_inputs import get_external_object_by_index
from torch.utils.checkpoint import checkpoint

import sidetable_torch
from scaling import Scale, compiled, looked_up, one, ones
from sidetable_source import NoBindingError, ObjectNotAliveError

FOR_EVER = []
"""What a program keeps as long as it runs."""


def forward(function, module):
    """One call."""
    return function(ones(grad=True), module)


def no_backward(function, module):
    """A loss that nobody uses."""
    module.last_loss = forward(function, module).sum()


def last_loss(function, module):
    """The shape of most training loops."""
    module.last_loss = forward(function, module).sum()
    module.last_loss.backward()


def history(function, module):
    """Several losses, each with its backward."""
    module.history = []
    for _ in range(3):
        module.history.append(forward(function, module).sum())
        module.history[-1].backward()


def retained(function, module):
    """A backward that is run twice."""
    module.last_loss = forward(function, module).sum()
    module.last_loss.backward(retain_graph=True)
    with contextlib.suppress(RuntimeError):  # leaf functions have one backward
        module.last_loss.backward(retain_graph=True)


def double_backward(function, module):
    """A backward that can be differentiated itself."""
    x = ones(grad=True)
    (module.gradient,) = torch.autograd.grad((function(x, module) * x).sum(), x, create_graph=True)
    with contextlib.suppress(RuntimeError):  # AOT Autograd has no double backward
        module.gradient.sum().backward()


def checkpointed(function, module):
    """The forward runs again in the backward."""
    module.last_loss = checkpoint(function, ones(grad=True), module, use_reentrant=False).sum()
    module.last_loss.backward()


def two_forwards(function, module):
    """Two calls, and one backward for both."""
    first, second = forward(function, module), forward(function, module)
    module.kept = first, second
    with contextlib.suppress(RuntimeError):  # leaf functions on AOT have one backward at a time
        (first + second).sum().backward()


def a_cycle(function, module):
    """Two modules that refer to each other."""
    other = Scale(3.0)
    vars(module)["other"], vars(other)["other"] = other, module
    vars(other)["output"] = function(forward(function, module), other)
    vars(other)["output"].sum().backward()


def an_exception(function, module):
    """A call that fails, whose traceback is kept."""
    module.action = lambda: 1 / 0
    try:
        forward(function, module)
    except ZeroDivisionError as error:
        module.error = error
    module.action = None
    module.last_loss = forward(function, module).sum()


def kept_for_ever(function, module):
    """An output that outlives the module."""
    FOR_EVER.append(forward(function, module))


def loss_kept_for_ever(function, module):
    """A loss that outlives the module, after its backward."""
    FOR_EVER.append(forward(function, module).sum())
    FOR_EVER[-1].backward()


SHAPES = (
    no_backward,
    last_loss,
    history,
    retained,
    double_backward,
    checkpointed,
    two_forwards,
    a_cycle,
    an_exception,
    kept_for_ever,
    loss_kept_for_ever,
)


def is_collected(shape, function, backend, *, repaired):
    """Whether a module is gone after its user has dropped it."""
    with sidetable_torch.install() if repaired else contextlib.nullcontext():
        module = Scale(2.0)
        gone = weakref.ref(module)
        shape(compiled(function, backend), module)
        del module
        torch.compiler.reset()
        gc.collect()
        return gone() is None


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("function", [one, looked_up], ids=lambda function: function.__name__)
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_no_module_lives_longer_with_the_repair(shape, function, backend):
    """Whatever a program keeps that was computed from it."""
    collected = is_collected(shape, function, backend, repaired=True)
    assert collected or not is_collected(shape, function, backend, repaired=False)
    assert collected


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_backward_that_looks_up_what_is_gone_is_refused(names, backend):
    """The caller has dropped the module, and nobody else holds it: the error says so."""
    module, x = Scale(2.0), ones(grad=True)
    y = compiled(looked_up, backend)(x, module).sum()
    del module
    torch.compiler.reset()
    gc.collect()
    with pytest.raises(ObjectNotAliveError, match="no longer alive"):
        y.backward()


def test_a_backward_that_begins_in_a_call_finds_nothing_of_the_call(names):
    """What runs in it belongs to another forward, which bound nothing."""
    seen, x, first = [], ones(grad=True), Scale(2.0)
    x.register_hook(lambda _: seen.append(get_external_object_by_index(0)))
    y = (x * 2).sum()

    def action():
        with pytest.raises(NoBindingError, match="its own forward"):
            y.backward()

    function = compiled(one, "eager")
    function(ones(), first)
    first.action = action
    assert function(ones(), first).tolist() == [2.0, 2.0]
    assert not seen


@torch.library.custom_op("sidetable_tests::on_stream", mutates_args=())
def on_stream(x: torch.Tensor, index: int) -> torch.Tensor:
    """Squares, and looks a stream up; its backward looks it up as well."""
    assert isinstance(get_external_object_by_index(index), torch.Stream)
    return x * x


@torch.library.custom_op("sidetable_tests::on_stream_backward", mutates_args=())
def on_stream_backward(gradient: torch.Tensor, x: torch.Tensor, index: int) -> torch.Tensor:
    """What runs in the backward."""
    assert isinstance(get_external_object_by_index(index), torch.Stream)
    return gradient * x * 2


on_stream.register_fake(lambda x, index: torch.empty_like(x))
on_stream_backward.register_fake(lambda gradient, x, index: torch.empty_like(x))


def keep_for_backward(ctx, inputs, output):
    """Keeps the input and the index."""
    x, ctx.index = inputs
    ctx.save_for_backward(x)


def backward(ctx, gradient):
    """Asks the other operator."""
    return on_stream_backward(gradient, *ctx.saved_tensors, ctx.index), None


on_stream.register_autograd(backward, setup_context=keep_for_backward)


def makes_and_looks_up(x):
    """Makes a stream, which forward and backward look up."""
    stream = torch.Stream(device="cpu")
    return on_stream(x, 0), stream


def makes(x):
    """Makes a stream that nothing looks up."""
    stream = torch.Stream(device="cpu")
    return torch.relu(torch.nn.functional.silu(x)) * x, stream


def forward_that_makes(function, backend, *, times=1):
    """Input, output, and a weak reference to the stream, which only the backward may need."""
    run = compiled(function, backend)
    for _ in range(times):
        x = ones(grad=True)
        y, stream = run(x)
    return x, y.sum(), weakref.ref(stream)


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_what_a_graph_made_lives_until_its_backward_has_run(names, backend):
    """Nobody else holds it. A backward that retains the graph can run again."""
    x, y, stream = forward_that_makes(makes_and_looks_up, backend, times=2)
    assert stream() is not None
    y.backward(retain_graph=True)
    assert stream() is not None
    y.backward()
    assert x.grad.tolist() == [4.0, 4.0]
    assert stream() is None


def makes_and_is_given(x, module):
    """Makes a stream, and looks a module up."""
    stream = torch.Stream(device="cpu")
    return one(x, module), stream


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_graph_can_make_one_object_and_be_given_another(names, backend):
    """Only what it made itself is held."""
    module = Scale(3.0)
    gone = weakref.ref(module)
    y, stream = compiled(makes_and_is_given, backend)(ones(grad=True), module)
    assert y.tolist() == [3.0, 3.0]
    assert isinstance(stream, torch.Stream)
    del module
    torch.compiler.reset()
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_what_a_graph_made_goes_with_its_output(names, backend):
    """The backward cannot run any more when nobody has the output."""
    x, y, stream = forward_that_makes(makes_and_looks_up, backend)
    assert stream() is not None
    del x, y
    gc.collect()
    assert stream() is None


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_backward_that_looks_nothing_up_keeps_nothing(names, backend):
    """What the graph made is gone as soon as the caller drops it, though the output stays."""
    _x, y, stream = forward_that_makes(makes, backend)
    assert stream() is None
    y.backward()
