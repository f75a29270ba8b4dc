"""A server of two models, watched: writes the page that the documentation shows.

    cd docs/examples && python watched_server.py ../assets/live-timeline.html

Each request has a thread, and the first one waits between two layers, as requests do.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import torch
from torch._dynamo.decorators import leaf_function

from sidetable_conformance import live


class Layer(torch.nn.Module):
    """A layer that stays opaque to the compiler, and may wait while it runs."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor
        self.wait: Callable[[], object] | None = None


@leaf_function
def run(layer: Layer, x: torch.Tensor) -> tuple[torch.Tensor]:
    """Multiply by the layer's factor."""
    if layer.wait is not None:
        layer.wait()
    return (x * layer.factor,)


@run.register_fake  # type: ignore[attr-defined, untyped-decorator]  # its own
def _(_layer: Layer, x: torch.Tensor) -> tuple[torch.Tensor]:
    return (torch.empty_like(x),)


@torch.compile(backend="eager")
def model(x: torch.Tensor, first: Layer, second: Layer) -> torch.Tensor:
    """Run two layers."""
    return run(second, run(first, x)[0])[0]  # type: ignore[no-any-return]


def serve(layers: tuple[Layer, Layer]) -> None:
    """Answer one request."""
    print(f"{model(torch.ones(1), *layers).item()} for {layers[0].factor * layers[1].factor}")


def main() -> None:
    """Serve two requests that overlap, and write what was found."""
    small, large = (Layer(2.0), Layer(3.0)), (Layer(5.0), Layer(7.0))
    with live.watch("torch._dynamo.graph_bytecode_inputs") as watching:
        for layers in (small, large):
            serve(layers)

        def other_request() -> None:
            thread = threading.Thread(target=serve, args=(large,), name="request 2")
            thread.start()
            thread.join()

        small[0].wait = other_request
        thread = threading.Thread(target=serve, args=(small,), name="request 1")
        thread.start()
        thread.join()
    watching.show()
    watching.write_html(sys.argv[1])


if __name__ == "__main__":
    main()
