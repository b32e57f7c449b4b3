"""What a run leaves behind of a pair, so that the next one need list neither bucket."""
