"""Frames: what they bind, hold and put back."""
