"""Reading many documents at once, such as the rules of a site: what they name is looked up once for all of them.

Whoever looks names up (``FilterField.resolve``, ``find_fields``) asks ``Reading.together``, where there is one, to
look up what all of the documents name, and finds its own part in the answer.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class Together:
    """``documents``: all that are read, those of segments that they name included."""

    def __init__(self, documents: Sequence[Any]) -> None:
        self.documents = list(documents)
        self._found: dict[str, Any] = {}
        self._asked: dict[str, tuple[Callable[[Sequence[Any]], Any], Callable[[Any], Any]]] = {}

    def once(
        self, what: str, look_up: Callable[[Sequence[Any]], T], told: Callable[[T], Any] = lambda found: found
    ) -> T:
        """The answer of ``look_up`` to all documents; asked for the first time only.

        ``told``: what of the answer says whether it is another one, where answers cannot be compared themselves.
        """
        if what not in self._found:
            self._found[what] = look_up(self.documents)
            self._asked[what] = look_up, told
        found: T = self._found[what]
        return found

    def is_still_so(self) -> bool:
        """Look up the same again, a statement each: whether the answers are the same, and so what was read by them."""
        return all(
            told(look_up(self.documents)) == told(self._found[what]) for what, (look_up, told) in self._asked.items()
        )


def keys_of(document: Any) -> Iterator[str]:
    """The keys of the conditions of a document that may be anything."""
    if isinstance(document, list):
        for member in document:
            yield from keys_of(member)
    elif isinstance(document, dict):
        if isinstance(key := document.get("key"), str):
            yield key
        else:
            for value in document.values():
                yield from keys_of(value)
