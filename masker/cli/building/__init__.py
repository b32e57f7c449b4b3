"""From groups of flags to the settings of a run, all that is missing or wrong told at once."""
