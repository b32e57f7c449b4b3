"""Buckets: compared, synced, verified, taken back. The plan of a pair, its stages and its run, side by side."""
