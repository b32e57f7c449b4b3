"""One table: what the rules make of it, the SELECT that reads it masked, and what proves it. Pure."""
