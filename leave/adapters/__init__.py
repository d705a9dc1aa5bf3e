"""One technology per module; each takes its client and translates its errors."""
