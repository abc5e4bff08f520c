"""A hundred thousand recordings: a list, divided into parts that an engine shares out, becomes tables."""
