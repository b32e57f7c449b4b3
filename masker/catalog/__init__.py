"""Tables, columns, keys and types of one database."""
