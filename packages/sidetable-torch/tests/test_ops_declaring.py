"""Declaring ops: schemas, kernels, fakes, vmap, what is changed, and what is refused."""

from __future__ import annotations

import pickle
import textwrap
from typing import Optional

import pytest
import torch
from torch import Tensor
from torch.library import opcheck

import sidetable_torch
from sidetable_torch import Carried, CustomOpError, ObjectAbsentError

from .scaling_ops import Policy, ones, scale

SCHEMAS = """
def plain(x: Tensor, policy) -> Tensor: ... # Tensor x, Tensor policy
def annotated(x: Tensor, policy: Policy) -> Tensor: ... # Tensor x, Tensor policy
def unknown(x: Tensor, policy: "Nowhere") -> Tensor: ... # Tensor x, Tensor policy
def optional(x: Tensor, policy: Optional[Policy]) -> Tensor: ... # Tensor x, Tensor? policy
def union(x: Tensor, policy: Policy | None) -> Tensor: ... # Tensor x, Tensor? policy
def text(x: Tensor, policy: "Nowhere | None") -> Tensor: ... # Tensor x, Tensor? policy
def default(x: Tensor, policy=None) -> Tensor: ... # Tensor x, Tensor? policy=None
def first(policy, x: Tensor, *, by: int) -> Tensor: ... # Tensor policy, Tensor x, *, SymInt by
"""


@pytest.mark.parametrize("future", [True, False])
def test_schemas_are_inferred(future):
    """An object is a tensor, optional where it can be None, and its annotation is not needed."""
    names = {"Tensor": Tensor, "Policy": Policy, "Optional": Optional}
    first = "from __future__ import annotations\n" if future else ""
    exec(first + textwrap.dedent(SCHEMAS), names)
    for line in SCHEMAS.strip().splitlines():
        name = line.split()[1].split("(")[0]
        op = sidetable_torch.custom_op(
            f"sidetable_tests::{name}", objects=["policy"], mutates_args=()
        )(names[name])
        expected = f"sidetable_tests::{name}({line.split(' # ')[1]}) -> Tensor"
        assert str(op.definition._opoverload._schema) == expected


def test_an_op_says_what_it_is():
    """It looks like its function, and its text names the objects."""
    assert scale.__name__ == "scale"
    assert scale.__doc__ == "Multiplies by what a policy says; its own backward."
    assert repr(scale) == "<ObjectOp sidetable_tests::scale: objects policy>"


def test_an_op_is_pickled_by_its_name():
    """As a function is."""
    assert pickle.loads(pickle.dumps(sidetable_torch.custom_op)) is sidetable_torch.custom_op
    assert scale.__reduce__() == "scale"


def test_tensors_that_are_changed():
    """They are named beside the objects, as PyTorch wants it."""

    @sidetable_torch.custom_op(
        "sidetable_tests::grow", objects=("policy",), mutates_args=("x", "policy")
    )
    def grow(x: Tensor, policy) -> None:
        policy.calls += 1
        x.mul_(policy.factor)

    grow.register_fake(lambda x, policy: None)
    policy = Carried(Policy(2.0))

    @torch.compile(backend="aot_eager", fullgraph=True)
    def twice(x, policy):
        grow(x, policy)
        grow(x, policy)
        return x + 1

    x = torch.ones(1)
    assert (twice(x, policy).item(), x.item()) == (5.0, 4.0)
    assert policy.object.calls == 2
    assert str(grow.definition._opoverload._schema).startswith(
        "sidetable_tests::grow(Tensor(a0!) x, Tensor policy)"
    )


def test_a_kernel_for_a_device():
    """It is called with the object as well."""

    @sidetable_torch.custom_op(
        "sidetable_tests::placed", objects=("policy",), mutates_args=(), device_types="cuda"
    )
    def placed(x: Tensor, policy) -> Tensor:
        raise NotImplementedError

    @placed.register_kernel("cpu")
    def on_cpu(x, policy):
        return x * policy.factor

    assert placed(torch.ones(1), Policy(3.0)).item() == 3.0
    assert on_cpu(torch.ones(1), Policy(3.0)).item() == 3.0


def test_vmap():
    """What runs a batch gets handles, to pass them on."""

    @sidetable_torch.custom_op("sidetable_tests::rows", objects=("policy",), mutates_args=())
    def rows(x: Tensor, policy) -> Tensor:
        return x * policy.factor

    @rows.register_vmap
    def batched(info, in_dims, x, policy):
        assert in_dims == (0, None)
        return rows(x, policy), 0

    policy = Carried(Policy(3.0))
    assert torch.vmap(lambda x: rows(x, policy))(torch.ones(2)).tolist() == [3.0, 3.0]
    assert batched.__name__ == "batched"


@sidetable_torch.custom_op("sidetable_tests::mark", objects=("policy",), mutates_args=("policy",))
def mark(x: Tensor, policy: Policy | None = None) -> Tensor:
    """Changes its object, and computes the same each time."""
    policy.calls += 1
    return x * policy.factor


mark.register_fake(lambda x, policy: torch.empty_like(x))
mark.register_autograd(
    lambda ctx, grad: (scale(grad, ctx.policy), None),
    setup_context=lambda ctx, inputs, output: setattr(ctx, "policy", inputs[1]),
)


@pytest.mark.parametrize("op", [scale, mark])
def test_opcheck(op):
    """PyTorch's own test of a definition finds nothing."""
    found = opcheck(op.definition, (ones(3), Carried(Policy(2.0)).handle))
    assert set(found.values()) == {"SUCCESS"}


def test_a_fake_has_no_object():
    """Using it says so, and by which op it was asked for; None is None there, too."""
    seen = []

    @sidetable_torch.custom_op(
        "sidetable_tests::shaped", objects=("policy", "other"), mutates_args=()
    )
    def shaped(x: Tensor, policy, other=None) -> Tensor:
        return x.new_zeros(policy.size)

    @shaped.register_fake
    def fake(x, policy, other=None):
        seen.append((repr(policy), other))
        return x.new_empty(policy.size)

    with pytest.raises(ObjectAbsentError) as raised:
        shaped(torch.ones(1, device="meta"), Carried(Policy(2.0)), None)
    error = raised.value
    assert (error.op, error.parameter, error.attribute) == (
        "sidetable_tests::shaped",
        "policy",
        "size",
    )
    assert seen == [("<policy of sidetable_tests::shaped, absent while tracing>", None)]
    assert fake.__name__ == "fake"
    assert pickle.loads(pickle.dumps(error)).args == error.args


def refused(function, **changed):
    """The error of a declaration."""
    asked = {"objects": ("policy",), "mutates_args": (), **changed}
    with pytest.raises(CustomOpError) as raised:
        sidetable_torch.custom_op("sidetable_tests::refused", **asked)(function)
    assert not hasattr(torch.ops.sidetable_tests, "refused")
    assert pickle.loads(pickle.dumps(raised.value)).args == raised.value.args
    return str(raised.value)


def test_an_object_that_is_no_parameter_is_refused():
    """The error says which there are."""

    def function(x: Tensor, policies) -> Tensor: ...

    text = refused(function)
    assert 'objects names "policy", which is not a parameter. The function' in text
    assert "parameters are: x, policies." in text


def test_an_object_that_is_only_passed_by_name_is_refused():
    """PyTorch takes no tensors there."""

    def function(x: Tensor, *, policy) -> Tensor: ...

    assert 'the object "policy" is keyword-only' in refused(function)


def test_an_object_with_a_default_is_refused():
    """No schema can hold it."""

    def function(x: Tensor, policy=3) -> Tensor: ...

    assert 'the object "policy" has a default that is not None' in refused(function)


@pytest.mark.parametrize("argument", ["objects", "mutates_args"])
def test_a_text_for_the_names_is_refused(argument):
    """It would be taken for the names of its letters; and "unknown" is not enough here."""

    def function(x: Tensor, policy) -> Tensor: ...

    assert f'{argument} is the string "unknown"' in refused(function, **{argument: "unknown"})


def test_what_is_no_object_has_to_be_annotated():
    """PyTorch's own error."""

    def function(x, policy) -> Tensor: ...

    with pytest.raises(ValueError, match="Parameter x must have a type annotation"):
        sidetable_torch.custom_op("sidetable_tests::refused", objects=("policy",), mutates_args=())(
            function
        )


def test_the_errors_are_also_what_one_would_guess():
    """They are caught as builtins."""
    assert issubclass(CustomOpError, ValueError)
    assert issubclass(ObjectAbsentError, RuntimeError)
    assert (CustomOpError.code, ObjectAbsentError.code) == ("ST521", "ST522")
