"""What a sync writes down and later runs read."""
