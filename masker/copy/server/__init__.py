"""What only a copy asks of servers and does on them."""
