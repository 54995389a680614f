"""Words of the domain that every layer speaks; depends on nothing."""
