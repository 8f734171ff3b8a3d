"""Measure a scenario: alone, or base and head beside each other."""
