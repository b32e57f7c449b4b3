"""Refreshing a live preview by what has changed since the run before: see docs/explain/delta.md."""
