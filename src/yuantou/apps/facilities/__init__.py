"""Facilities: shared facilities and instruments."""
