"""Which objects of a bucket a preview may have, by what its database says of them."""
