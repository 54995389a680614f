"""The outside world (files, open data sources) without Django."""
