"""Tests of panel meetings."""
