"""Normalisation, tokens and hashing of Chinese and English text, shared by the other engines."""
