"""Policy register: what a policy text asks for, and what of it works."""
