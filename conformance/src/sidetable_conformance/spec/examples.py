"""What the examples of the requirements share: the names that they use."""

from __future__ import annotations

from typing import Final

SHARED: Final = '''\
import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sidetable_source import LocalSource, Unsupported

class Pool:
    """An object that a graph can not carry."""

def construct(index, codegen):
    """Writes the code that makes a graph-created object; here, none."""

pool, other, third = Pool(), Pool(), Pool()
source = LocalSource("pool")
'''
"""Code that makes these names, except `SideTable`, for which any implementation will do."""

LEGEND: Final = (
    "`SideTable` stands for any implementation, `pool`, `other` and `third` for objects that a"
    " graph can not carry, and `source` for the source of one."
)
"""The same in a sentence."""
