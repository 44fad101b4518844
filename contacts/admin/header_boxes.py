"""What upper apps add to a person's page: boxes in its head, such as the tags with their picker, and cards.

A box is a template that prints one element and swaps itself by its own answers; ``context`` makes what it prints.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from contacts.models import Contact
from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class HeaderBox:
    """``context`` may ask one statement; what it answers is all the template sees besides the request."""

    template: str
    context: Callable[[HttpRequest, Contact], dict[str, Any]]


header_boxes: Registry[HeaderBox] = Registry("boxes of the contact page's head")
# Cards below the person's details; one that costs more than a statement loads itself after the page.
contact_cards: Registry[HeaderBox] = Registry("cards of the contact page")
