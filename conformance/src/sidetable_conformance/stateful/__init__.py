"""Drives a target by steps in any order, and compares it with a model that knows who is alive.

The second way to find a fault: the checks are examples that somebody thought of, and this is
everything else that can be done to one table. It needs Hypothesis, the extra `stateful`.
"""

from .exploring import Finding as Finding
from .exploring import explore as explore

__all__ = ["Finding", "explore"]
