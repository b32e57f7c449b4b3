"""Copies as jobs of S3 Batch Operations."""
