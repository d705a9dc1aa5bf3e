"""The `leave` command, for administrators and employees."""
