"""What a run leaves behind for people: its document in the history, and the report that is made of it."""
