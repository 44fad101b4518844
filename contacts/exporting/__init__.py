"""Export: the people of a list as a file (IMP-9)."""
