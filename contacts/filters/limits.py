"""How large a filter may be. Whatever is larger is refused before the database is asked (FIL-11)."""

MAX_TEXT_DOCUMENT = 2_000_000  # characters: of a document given as text, and of all texts in one given as data
MAX_DEPTH = 10  # groups within groups
MAX_CONDITIONS = 100  # those on event properties included
MAX_CONDITIONS_IN_ALL = 500  # with those of the segments it names, and of the segments they name
MAX_VALUES = 10_000  # of one condition (FIL-5)
MAX_VALUES_IN_ALL = 100_000  # with those of the segments it names, as above
MAX_KEY = 100
MAX_PROBLEMS = 20  # so many are told at once
MAX_SEGMENTS_DEEP = 5  # segments that ask for segments
