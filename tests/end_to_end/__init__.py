"""The whole system on a local stage, driven from outside as in life."""
