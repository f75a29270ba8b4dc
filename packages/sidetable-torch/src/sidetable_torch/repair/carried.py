"""The binding that goes with a backward node, for as long as a thread runs it.

PyTorch runs compiled backward functions in a context of its own making, and on threads of its
own. A node runs on one thread from start to end, so what it carries belongs to that thread.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from .binding import Binding


@final
class CarriedByThread(threading.local):
    """What each thread carries.

    Attributes:
        binding: The binding that counts on this thread, None where the context's own does.
    """

    binding: Binding | None = None
