"""Drives a target by steps in any order, and compares it with a model that knows who is alive.

The second way to find a fault: the checks are examples that somebody thought of, and this is
everything else that can be done to one table. It needs Hypothesis, the extra `stateful`.
"""

try:
    from .exploring import Finding as Finding
    from .exploring import explore as explore
except ImportError as _error:
    _error.add_note("What is missing comes with `pip install sidetable-conformance[stateful]`.")
    raise

__all__ = ["Finding", "explore"]
