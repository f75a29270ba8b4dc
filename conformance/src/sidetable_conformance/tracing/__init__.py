"""The shortest way to a failure: as steps on one table, and as a script of its own."""
