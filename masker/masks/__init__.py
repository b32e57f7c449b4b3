"""One small function per mask: ``(column, arguments, context) -> sqlglot expression``."""
