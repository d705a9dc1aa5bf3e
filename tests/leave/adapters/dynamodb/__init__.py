"""Tests of the table, against moto."""
