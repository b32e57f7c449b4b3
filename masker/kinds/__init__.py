"""What columns hold: one classifier, fed by many witnesses."""
