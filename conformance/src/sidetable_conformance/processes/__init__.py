"""Other processes: a forked child, and an interpreter that leaves asserts out."""
