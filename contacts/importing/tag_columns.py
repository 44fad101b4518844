"""A column of labels that an upper app adds to the contacts of a file: contacts offers the place, tags fill it.

Labels go by keys (what makes two of them one, such as the folded name); only the upper app knows what they stand for.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from desk.actors import Actor
from desk.models import Site
from desk.registry import Registry


class LabelRefused(Exception):
    """The label cannot be: ``code`` says why (``TagColumn.told``), ``label`` is as it was written."""

    def __init__(self, code: str, label: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.label = label


class TagColumn(Protocol):
    """``added`` and ``removed``: {contact: keys}."""

    def key(self, label: str) -> str:
        """What makes it one with others; ``LabelRefused`` when it can be none."""

    def keys_of(self, site: Site) -> set[str]:
        """The keys of all labels there are; ``LabelRefused`` never."""

    def room(self, site: Site) -> int:
        """How many labels may be made."""

    def refusal_of(self, site: Site, keys: Collection[str]) -> Mapping[str, str]:
        """{key: code} of labels that cannot be attached now."""

    def carried(self, site: Site, ids: Collection[int]) -> Mapping[int, frozenset[str]]:
        """What these contacts carry; who carries none may be missing."""

    def make(self, site: Site, labels: Sequence[str], *, actor: Actor) -> None:
        """Make those that do not exist; ``LabelRefused``."""

    def write(
        self,
        site: Site,
        added: Mapping[int, Collection[str]],
        removed: Mapping[int, Collection[str]],
        *,
        actor: Actor,
        label: str,
        now: datetime,
        job_id: int,
    ) -> None:
        """Attach and detach, for a batch of contacts; what ``job_id`` does can be undone."""

    def undo(self, site: Site, ids: Sequence[int], *, job_id: int) -> Collection[int]:
        """Take back what ``job_id`` did to these contacts; answers who was too full to get everything back."""

    def marked_by_others(self, site: Site, ids: Sequence[int], *, job_id: int) -> set[int]:
        """Who of these carries a label that ``job_id`` did not attach."""

    def told(self, code: str, label: str) -> str:
        """The reason in the active language."""


# By the public name of the field ("tags").
tag_columns: Registry[TagColumn] = Registry("label columns of imports")


def tag_column() -> TagColumn | None:
    """The column called ``tags``, when an app has registered one."""
    return tag_columns.get("tags") if "tags" in tag_columns else None
