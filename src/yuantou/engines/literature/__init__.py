"""Literature: corpus, citation graph, indicators, topics, frontier, search."""
