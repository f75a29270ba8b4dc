"""How indices are given out."""
