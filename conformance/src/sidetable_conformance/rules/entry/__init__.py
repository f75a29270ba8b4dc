"""Entry functions."""
