"""What is added to a person's page: boxes in its head, such as the tags with their picker, lines below it, and cards.

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
    # From top to bottom; boxes of one order as they were registered.
    order: int = 50


header_boxes: Registry[HeaderBox] = Registry("boxes of the contact page's head")
# Lines between the head and the details, on the person's own page only.
contact_lines: Registry[HeaderBox] = Registry("lines of the contact page")
# Cards below the person's details; one that costs more than a statement loads itself after the page.
contact_cards: Registry[HeaderBox] = Registry("cards of the contact page")
