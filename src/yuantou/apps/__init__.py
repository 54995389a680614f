"""Django, one app per stage of the chain; thin around the engines."""
