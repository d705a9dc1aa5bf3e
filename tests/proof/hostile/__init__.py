"""Whatever is sent, nobody gets in, nothing is written and nothing is told."""
