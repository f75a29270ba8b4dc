"""Lets `python -m sidetable_conformance` stand for the command."""

import sys

from sidetable_conformance.cli import main

sys.exit(main())
