"""REST routers over the façades."""
