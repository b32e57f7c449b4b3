"""Syncs against an S3 server in a process of its own, over HTTP."""
