"""Find heartbeats, cut them out, and measure the intervals between them."""
