"""Reset."""
