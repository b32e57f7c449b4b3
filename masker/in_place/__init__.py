"""Masking in place: its plan and the two interpreters of it, one that explains and one that runs."""
