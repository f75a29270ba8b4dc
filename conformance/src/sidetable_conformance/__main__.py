"""Lets `python -m sidetable_conformance` stand for the command."""

import sys

from ._cli import main

sys.exit(main())
