"""What a run found, as plain values."""
