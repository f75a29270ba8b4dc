"""Writing Python abstract syntax trees from sources."""
