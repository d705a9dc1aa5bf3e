"""Tests that hold up the walls of the house."""
