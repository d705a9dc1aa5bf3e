"""Mails, pages and calendar files."""
