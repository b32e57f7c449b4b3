"""Services that a team uses, one a file: what masker.yml says of it, and what is sent to it."""
