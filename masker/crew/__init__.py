"""The databases of one run, filled by others than the process of the command, one each: all are published, or none."""
