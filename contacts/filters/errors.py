"""FIL-1, FIL-11: why a filter was refused. Nothing that is refused ever matches anybody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """``path`` names the place (``and[1].values[0]``), ``code`` is for programs, ``message`` for people."""

    path: str
    code: str
    message: str


class FilterError(Exception):
    """The document is not a filter of this site; ``problems`` has at least one entry, in the order of the document."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.path or 'filter'}: {problem.message}" for problem in problems))
        self.problems = problems


class Refused(Exception):
    """One value or condition is refused; the reader of the document adds the path and makes it a ``Problem``."""

    def __init__(self, code: str, message: str, suffix: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.suffix = suffix  # where below the condition, such as ``.values[3]``
