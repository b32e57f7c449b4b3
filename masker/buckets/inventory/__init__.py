"""S3 Inventory in a listing's place."""
