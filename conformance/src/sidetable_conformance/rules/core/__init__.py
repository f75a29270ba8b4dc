"""Everything that profile core asks, together."""
