"""What a check is given, and what checks are made of."""
