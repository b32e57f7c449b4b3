"""What talks to a PostgreSQL server, whatever the command."""
