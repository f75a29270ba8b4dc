"""Whether a target is wired so that a fault of its own would be seen."""
