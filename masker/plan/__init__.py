"""What will happen, as values: built purely from catalogs and rules, explained or executed elsewhere."""
