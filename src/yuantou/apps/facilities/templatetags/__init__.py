"""Words and parts of facility pages."""
