"""Handles: looking an index up where no context is shared."""
