"""Who has signed what rules decide: a record beside the rule file, with an SSH signature where there is a key."""
