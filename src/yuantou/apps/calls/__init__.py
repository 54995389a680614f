"""Calls for proposals."""
