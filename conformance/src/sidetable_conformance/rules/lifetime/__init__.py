"""What tables leave when they are gone."""
