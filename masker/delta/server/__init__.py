"""A delta's statements on the servers."""
