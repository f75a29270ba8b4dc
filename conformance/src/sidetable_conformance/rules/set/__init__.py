"""Setting one index."""
