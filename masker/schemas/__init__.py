"""What an application's schema file defines, as the catalog that a server with it would have: ``db/structure.sql`` by
PostgreSQL's own grammar, ``db/schema.rb`` by way of the statements that Rails makes of it."""
