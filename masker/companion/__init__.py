"""What a Rails team has beside the runs: files for its application, a look at whether all is ready, one line of how the
preview stands."""
