"""Buckets: listed, compared, copied."""
