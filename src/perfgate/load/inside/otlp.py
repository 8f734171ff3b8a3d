"""Locust's own exporter of OpenTelemetry, which `--otel` switches on."""

from __future__ import annotations

from importlib import import_module


def can_export() -> bool:
    """Whether Locust's `--otel` finds what it needs; without that it only says so in its log."""
    try:
        import_module("opentelemetry.exporter.otlp.proto.http")
    except ImportError:
        return False
    return True
