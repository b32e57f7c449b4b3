"""Fixtures, rivals and ratios; not part of what is installed."""
