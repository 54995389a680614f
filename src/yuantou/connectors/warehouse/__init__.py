"""Tables too large for one process: the same named queries on DuckDB and, when outgrown, Spark (by Ibis)."""
