"""The demo run: Jim's leave is approved, Jane's is denied, told and checked as it happens."""
