"""The interpreter of plans: lanes, order by need, cancellation, events."""
