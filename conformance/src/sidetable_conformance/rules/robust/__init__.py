"""What must not break a table."""
