"""One Lambda entry point per module: parse, call one use case, reply."""
