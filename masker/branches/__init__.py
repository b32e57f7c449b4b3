"""Copies of a verified preview on its own server: a branch for each pull request, and one that nobody connects to."""
