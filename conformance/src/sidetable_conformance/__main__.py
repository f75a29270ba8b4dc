"""Lets `python -m sidetable_conformance` stand for the command."""

import sys

from sidetable_conformance.commands.main import main

sys.exit(main())
