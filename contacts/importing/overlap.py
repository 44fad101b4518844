"""While the database writes one thing, the next is worked out: both take about as long.

On SQLite, which writes within this very process, a statement is done when it begins.
"""

from contextlib import AbstractContextManager, ExitStack
from types import TracebackType


class Overlap:
    """``with Overlap() as overlap: overlap.begin(inserting(…))``: one statement is under way at a time (``tables``).

    Whoever asks the database anything else waits before (``wait``); at the end of the block all has been done. What a
    statement raises is raised when it is waited for.
    """

    def __init__(self) -> None:
        self._under_way = ExitStack()

    def __enter__(self) -> "Overlap":
        return self

    def begin(self, statement: AbstractContextManager[None]) -> None:
        """Wait for the one before, and send this one."""
        self.wait()
        self._under_way.enter_context(statement)

    def wait(self) -> None:
        """Until the database has done what was begun."""
        self._under_way.close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._under_way.__exit__(kind, error, at)
