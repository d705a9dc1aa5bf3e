"""The demo run: one leave request is approved, one is denied, told and checked."""
