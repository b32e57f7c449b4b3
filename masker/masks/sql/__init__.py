"""The SQL that masks are built of, and PostgreSQL's own grammar that judges what users write. Pure."""
