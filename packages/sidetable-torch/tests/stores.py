"""Objects with effects, and what it takes to compare a traced program with eager code."""

from __future__ import annotations

import torch

X = torch.arange(1.0, 3.0)


class Store:
    """Counts, logs what is done to it, and answers differently each time."""

    def __init__(self, value=1):
        self.value, self.log = value, []

    def get(self):
        self.log.append("get")
        self.value += 1
        return self.value

    def put(self, value):
        self.log.append(("put", float(value.sum()) if isinstance(value, torch.Tensor) else value))
        self.value = value
        return self

    def scaled(self, x):
        self.log.append("scaled")
        return x * self.value

    @property
    def next(self):
        self.value += 1
        return self.value

    def __call__(self, x):
        self.log.append("called")
        return x + self.value

    def __getitem__(self, key):
        self.log.append(("item", key))
        return self.value + key

    def __setitem__(self, key, value):
        self.log.append(("set", key, value))
        self.value = value

    def __iadd__(self, other):
        self.log.append(("iadd", other))
        self.value += other
        return self

    def __add__(self, other):
        self.log.append("add")
        return self.value + other

    def __radd__(self, other):
        self.log.append("radd")
        return other + self.value

    __iter__ = None  # or Python would ask for items without end

    def pair(self):
        self.log.append("pair")
        return self.value, self.value * 2


def plain(value, depth=0):
    """A value with its tensors as lists, and its stores as what they hold."""
    if depth > 6:  # a list in itself
        return "..."
    if isinstance(value, torch.Tensor):
        return value.tolist()
    if isinstance(value, Store):
        return "store", plain(value.value, depth + 1)
    if isinstance(value, (list, tuple)):
        return [plain(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {key: plain(one, depth + 1) for key, one in value.items()}
    return value


def outcome(program, args, stores):
    """What a program returns, and what it did to its arguments and objects."""
    result = program(*args)
    return plain([result, args, [(store.log, store.value) for store in stores]])
