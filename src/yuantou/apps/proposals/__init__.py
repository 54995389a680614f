"""Proposals from draft to formal check."""
