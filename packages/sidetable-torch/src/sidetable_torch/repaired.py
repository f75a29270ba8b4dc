"""PyTorch's own table with the repair, named for the kit: `sidetable_torch.repaired:table`.

Importing this module installs the repair in the whole process, and nothing here takes it off.

Example:
    ```sh
    sidetable-conformance run sidetable_torch.repaired:table --edition dynamo-2.13
    ```
"""

from __future__ import annotations

from typing import Final

from torch._dynamo import graph_bytecode_inputs as table

from .install import install

__all__ = ["table"]

INSTALLED: Final = install()
"""What would take the repair off."""
