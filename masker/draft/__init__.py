"""A rule file that decides a whole database, as a start for whoever signs it."""
