"""Letting a stage send mail."""
