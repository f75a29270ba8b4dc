"""pytest as a front end of a run."""
