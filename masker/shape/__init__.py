"""Whether a preview plans like production: statistics, sizes and plans of both sides, compared as numbers and
shapes."""
