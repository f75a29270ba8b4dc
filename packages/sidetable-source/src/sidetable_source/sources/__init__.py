"""The kinds of source: values that say how to fetch an object again, and never hold it.

A chain starts from a `LocalSource`, `ClosureSource`, `GlobalSource`, `ConstantSource` or
`ImportSource`, and takes steps: `AttrSource`, `GetItemSource`, `CallSource`. All are children of
`Source`, which has the short way to take a step: `attr`, `item`, `call`.

Floors, each importing only from those below it:

* `_roots`: what a chain starts from
* `_chain`: `Source`, and the three steps
* `_frozen`: what makes a kind a value
* `_expression`: the codegen that writes names
* `_arguments`: what makes the arguments of a call good
* `_literals`, `_names`, `_tree`: constants, names, and the bounds of the tree that they make
"""

from sidetable_source._public import publish as _publish

from ._chain import AttrSource, CallSource, GetItemSource, Source
from ._roots import ClosureSource, ConstantSource, GlobalSource, ImportSource, LocalSource

__all__ = [
    "AttrSource",
    "CallSource",
    "ClosureSource",
    "ConstantSource",
    "GetItemSource",
    "GlobalSource",
    "ImportSource",
    "LocalSource",
    "Source",
]

_publish(__name__, globals(), __all__)
