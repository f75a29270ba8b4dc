"""What is judged: the names that it has, how a fresh table is got from it, and how it is driven."""
