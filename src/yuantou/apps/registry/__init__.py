"""People, organisations, works and disciplines: the record that all stages share."""
