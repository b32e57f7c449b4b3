"""Whether a preview, and all that makes it, is as it should be: one verdict a check, each with what to do."""
