"""Steps in the order of their needs, on a fixed number of lanes. Nothing here knows what a step does."""
