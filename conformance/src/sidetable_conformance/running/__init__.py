"""A run: one target, judged requirement by requirement."""
