"""Programme types, state changes, visibility and letters: the one gate for every record."""
