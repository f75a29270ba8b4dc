"""What stays behind after 10,000 training steps of models that are made, trained and dropped.

    hatch run torch:memory

Trains models one after the other. Each keeps its last loss, computed by a compiled function that
looks leaf modules up; for every second one, an operator looks the module up again in backward.
Prints the modules that are alive and the process's memory, and exits with 1 if a module that was
dropped is alive. `--without` leaves the repair out.
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import weakref
from pathlib import Path
from typing import cast

import torch
from torch._dynamo.decorators import leaf_function
from torch._dynamo.graph_bytecode_inputs import get_external_object_by_index

import sidetable_torch


class Model(torch.nn.Module):
    """A model that stays opaque, and that keeps its last loss."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1000))
        self.last_loss: torch.Tensor | None = None


@leaf_function
def scaled(module: Model, x: torch.Tensor) -> tuple[torch.Tensor]:
    """Multiply by the model's weight."""
    return (x * module.weight,)


@scaled.register_fake  # type: ignore[attr-defined, untyped-decorator]  # its own
def _(module: Model, x: torch.Tensor) -> tuple[torch.Tensor]:  # noqa: ARG001  # as the real one
    return (torch.empty_like(x),)


@torch.library.custom_op("sidetable_memory::weighed", mutates_args=())
def weighed(x: torch.Tensor, index: int) -> torch.Tensor:
    """Multiply by the weight of the model at an index of the table."""
    return x * cast("Model", get_external_object_by_index(index)).weight.detach()


@weighed.register_fake
def _(x: torch.Tensor, index: int) -> torch.Tensor:  # noqa: ARG001  # as the real one
    return torch.empty_like(x)


weighed.register_autograd(
    lambda ctx, gradient: (weighed(gradient, ctx.index), None),
    setup_context=lambda ctx, inputs, output: setattr(ctx, "index", inputs[1]),  # noqa: ARG005
)


def leaf(x: torch.Tensor, module: Model) -> torch.Tensor:
    """Look nothing up in backward."""
    used: torch.Tensor = scaled(module, x)[0]
    return used.sum()


def twice(x: torch.Tensor, module: Model) -> torch.Tensor:
    """Look the model up in backward."""
    used: torch.Tensor = scaled(module, x)[0]
    return (used + cast("torch.Tensor", weighed(x, 0))).sum()


def train(number: int, steps: int, backend: str) -> weakref.ref[Model]:
    """Make a model, train it, and drop it."""
    model = Model()
    step = torch.compile((leaf, twice)[number % 2], backend=backend)
    x = torch.ones(1000, requires_grad=True)
    for _ in range(steps):
        model.last_loss = step(x, model)
        torch.autograd.backward(model.last_loss)
    return weakref.ref(model)


def resident() -> float:
    """Return how many megabytes this process has; Linux says it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def main() -> int:
    """Train, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--steps", type=int, default=100, help="for each model")
    parser.add_argument("--backend", default="aot_eager")
    parser.add_argument("--without", action="store_true", help="leave the repair out")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if not options.without:
        sidetable_torch.install()
    models: list[weakref.ref[Model]] = []
    for number in range(options.models):
        models.append(train(number, options.steps, options.backend))
        torch.compiler.reset()
        gc.collect()
        if number % max(1, options.models // 10) == max(1, options.models // 10) - 1:
            alive = sum(model() is not None for model in models)
            steps = (number + 1) * options.steps
            print(f"{steps:6} steps: {alive:3} models alive, {resident():.0f} MB", flush=True)
    return 1 if any(model() is not None for model in models) else 0


if __name__ == "__main__":
    sys.exit(main())
