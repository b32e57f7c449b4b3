"""What only masking in place asks of its server and does on it."""
