"""Import: files, their columns, and what becomes of each row (IMP-1..10)."""
