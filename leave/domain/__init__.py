"""Pure rules and values of leave approval; imports the standard library and itself."""
