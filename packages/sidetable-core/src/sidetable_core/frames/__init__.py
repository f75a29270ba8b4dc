"""Bindings that are entered for one call, and put back what they found."""
