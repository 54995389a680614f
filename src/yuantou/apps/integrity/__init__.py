"""Integrity: text reuse, signals and cases."""
