"""Python looks for cycles of garbage whenever so many objects were made; a batch of rows makes ten thousands of them.

They are all alive until the batch is through, and the search goes through the whole program each time: a fifth of the
time of an import. What a batch leaves is found by the first search after it.
"""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """No search for cycles meanwhile, unless it was switched off before."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
