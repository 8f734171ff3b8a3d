"""Tests import each other as `tests.…`."""
