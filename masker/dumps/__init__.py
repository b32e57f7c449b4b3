"""Dumps of a verified preview in a private bucket of its own, and databases that are restored from them."""
