"""What talks to object storage: requests as values, and what sends them."""
