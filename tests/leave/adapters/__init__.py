"""Tests of the adapters, each against its technology."""
