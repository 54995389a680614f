"""Settings, URLs, middleware, base templates and assets of the web application."""
