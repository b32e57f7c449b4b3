"""Rule files: read with positions, merged, resolved against a catalog."""
