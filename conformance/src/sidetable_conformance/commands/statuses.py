"""What a command's exit status says."""

from __future__ import annotations

from typing import Final

CONFORMANT: Final = 0
FAILED: Final = 1
UNUSABLE: Final = 2
STALE: Final = 3
KIT_FAULT: Final = 4

EXPLAINED: Final = """\
exit status:
  0  every MUST that applies passed, or is a known failure
  1  a MUST did not pass
  2  the target can not be used, or the command line is wrong
  3  the file of known failures is out of date
  4  a check went wrong, which is a fault of the kit
"""
"""The same for people."""
