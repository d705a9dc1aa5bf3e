"""One Lambda entry point per module: parse, call one use case, reply."""

# First of all, so that it holds for everything that is imported.
from leave.functions import starting as starting
