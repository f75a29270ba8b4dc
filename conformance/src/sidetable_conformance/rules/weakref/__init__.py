"""Values that cannot be weakly referenced."""
