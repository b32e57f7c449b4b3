"""A sync shared out to processes and machines."""
