"""LOOK-5: what a lookup shows in its box: the values, or the sentence that says why there are none."""

from dataclasses import dataclass, field, replace

from chats.models import LookupApi


@dataclass(frozen=True, slots=True)
class Box:
    """How one lookup ended.

    ``outcome`` is ``ok``, a code of the contract (``chats.lookups.answers``) or one of ``desk.outbound_errors``;
    ``sentence`` says it in the active language (empty when all is well), ``said`` is what the other side said of it.
    ``values``: (screen name, text); ``mapped``: the names of the person's fields that were filled from it just now.
    ``cached``: nobody was asked, the answer is at most five minutes old.
    """

    api: LookupApi
    outcome: str
    sentence: str = ""
    said: str = ""
    values: list[tuple[str, str]] = field(default_factory=list)
    mapped: list[str] = field(default_factory=list)
    milliseconds: int = 0
    cached: bool = False
    # The values as they look to somebody who may not see personal data.
    masked_values: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        """Whether there are values."""
        return self.outcome == "ok"

    def masked(self) -> "Box":
        """The box for somebody who may not see personal data (SITE-4); what the other side said may hold some."""
        return replace(self, values=self.masked_values, said="")
