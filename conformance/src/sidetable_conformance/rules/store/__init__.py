"""Stores: what they bind, replace and leave."""
