"""How fast, against the best that could be written by hand. Run with ``make bench``; never part of the tests."""
