"""Shows what docs/reliability.md promises: in numbers, under faults, at full size."""
