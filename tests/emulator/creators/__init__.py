"""Each creator against a running MiniStack."""
