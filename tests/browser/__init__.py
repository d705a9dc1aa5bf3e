"""Pages as people see them: in a real browser, without a person."""
