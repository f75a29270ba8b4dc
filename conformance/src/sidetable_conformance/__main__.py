"""Run the command line: `python -m sidetable_conformance`."""

import sys

from sidetable_conformance.cli import main

sys.exit(main())
