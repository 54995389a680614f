"""Outcomes: evaluation by representative works, indicators, dashboards."""
