"""Buckets listed by spans of keys, and both sides compared on the way."""
