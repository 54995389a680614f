"""Directions: what science to do and why: directions, key questions, literature."""
