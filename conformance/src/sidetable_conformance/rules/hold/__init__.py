"""Objects that only frames hold."""
