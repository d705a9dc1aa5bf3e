"""Tests of the Lambda entry points, over fakes."""
