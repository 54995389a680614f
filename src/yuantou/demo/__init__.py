"""The demonstration call, fictional from end to end, and statistical calls of any size."""
