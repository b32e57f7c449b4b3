"""Checks of a finished preview, each a finding: passed, failed or not run. Not run counts as failed."""
