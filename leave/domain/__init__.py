"""Pure rules and values of leave approval."""
