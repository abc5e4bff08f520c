"""Programs over the library: parse, call, print."""
