"""What commands are told, one group of options a file; the settings of masker.yml are the same fields."""
