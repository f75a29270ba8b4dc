"""Whether the restatement of PyTorch's table costs what PyTorch's own module costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Final

import growing
import restated
from loops import Loop, loop
from operations import Baseline, Operation, Subject, Thing, against, by_hand
from racing import Spread, race, ratio

AGREED: Final = 0.05
"""By how much the two may differ."""

_REGISTERED: Final = 1_000
"""How many objects are registered in each round."""


class Original:
    """PyTorch's own module, under the names of the restatement."""

    def __init__(self) -> None:
        module = import_module("torch._dynamo.graph_bytecode_inputs")
        self.get: Callable[[int], object] = module.get_external_object_by_index
        self.store: Callable[..., None] = module.store_user_object_weakrefs
        self.register: Callable[..., int] = module.register_user_object
        self.reset: Callable[[], None] = module.reset_user_object_tracking

    def emptied(self) -> Callable[..., int]:
        """Returns what registers in the module, which is empty now."""
        self.reset()
        return self.register


def agreements(rounds: int) -> Iterator[tuple[str, Spread]]:
    """Returns what each operation of the restatement costs as a ratio to the original's."""
    original = Original()
    for one in (_lookup(original), _store(original), _entry(original)):
        yield one.name, against(one, rounds)["restated"]
    variants = {
        "restated": growing.registering(growing.baseline, _REGISTERED, 5),
        "original": growing.registering(original.emptied, _REGISTERED, 5),
    }
    yield f"register {_REGISTERED:,}", ratio(race(variants, rounds), "restated", "original")
    original.reset()
    restated.reset()


def _lookup(original: Original) -> Operation:
    def looking(module: Baseline) -> Loop:
        things = [Thing() for _ in range(4)]
        return loop("get(2)", "store(*t)", get=module.get, store=module.store, t=things)

    return Operation("lookup", {"restated": looking(restated)}, looking(original))


def _store(original: Original) -> Operation:
    things = [Thing() for _ in range(4)]
    return Operation(
        "store of 4",
        {"restated": loop("store(*t)", store=restated.store, t=things)},
        loop("store(*t)", store=original.store, t=things),
    )


def _entry(original: Original) -> Operation:
    def calling(module: Baseline) -> Loop:
        return loop("call(subject)", call=by_hand(module, 3), subject=Subject())

    ours = {"restated": calling(restated)}
    return Operation("prologue of 3, 3 lookups", ours, calling(original))
