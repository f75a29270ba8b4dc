"""Failures that somebody knows of and has given a reason for."""
