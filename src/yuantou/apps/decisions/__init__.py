"""Ranking, decision, letters to applicants and public awards."""
