"""Tests of the leave command."""
