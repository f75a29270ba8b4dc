"""What PyTorch's indices mean, as one value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, final

Reference: TypeAlias = Callable[[], object]


@final
class Binding(dict[int, Reference]):
    """The references that the indices have, as PyTorch's own dictionary would have them.

    No reference ever changes: to change one is to make another binding. Only registering adds
    one, and only in the place that made the binding.
    """
