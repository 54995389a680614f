"""What follows an award: agreement, reports, gates, changes, instalments and closure."""
