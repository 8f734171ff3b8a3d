"""A performance gate for pull requests: measure, judge, report, publish."""

__version__ = "0.1.0"
