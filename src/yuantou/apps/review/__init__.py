"""Matching, assignment and peer review."""
