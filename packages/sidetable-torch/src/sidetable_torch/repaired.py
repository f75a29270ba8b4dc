"""PyTorch's own table with the repair, as a target for the kit: `sidetable_torch.repaired:table`.

Importing this module installs the repair in the whole process, and never uninstalls it.

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
"""The context manager that would uninstall the repair."""
