"""What needs no storage."""
