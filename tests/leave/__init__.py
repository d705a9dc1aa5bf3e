"""Tests of what ships to Lambda."""
