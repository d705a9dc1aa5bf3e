"""Tests of the mailer, against a scripted Google on loopback."""
