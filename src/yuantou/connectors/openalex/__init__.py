"""Works in the format of OpenAlex."""
