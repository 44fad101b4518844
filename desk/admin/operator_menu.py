"""What apps add to the operator's menu at the foot of the sidebar, and marks on its button that say how the operator
stands. A mark costs a query: it is asked with the sidebar's counts, once the page is on screen, and now and then.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class Mark:
    """How the operator stands, in a word; ``state``, ``on`` or ``off``, is for the look, and is what a button of the
    menu says of itself (``data-state``) that leads there.
    """

    word: str | Promise
    state: str

    def as_json(self) -> dict[str, str]:
        """For ``frame.js``."""
        return {"word": str(self.word), "state": self.state}


@dataclass(frozen=True, slots=True)
class MenuPart:
    """A part of the menu on a site: its template, and the mark it has under the part's name."""

    name: str
    template: str
    mark: Callable[[], Mark]


# Each answers its part for this request; None when it is not for this operator.
operator_menu: Registry[Callable[[HttpRequest], MenuPart | None]] = Registry("operator's menu")


def menu_parts(request: HttpRequest) -> list[MenuPart]:
    """The parts in order of registration."""
    return [part for ask in operator_menu if (part := ask(request)) is not None]
