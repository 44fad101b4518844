"""UNI-8: what an absorbed contact was called leads to its survivor: customer number, memberId, id."""

from dataclasses import dataclass

from contacts.models import Contact, ContactAlias
from desk.models import Site

_LONGEST = 255


@dataclass(frozen=True, slots=True)
class OldName:
    """``value`` was the ``type`` (a ``ContactAlias.Type``) of somebody who is part of ``contact`` now."""

    contact: Contact
    type: str
    value: str


def find_by_old_name(site: Site, text: str) -> OldName | None:
    """Whom an exact old customer number (``1031`` or ``#1031``), memberId or id leads to; one statement.

    Chains are re-pointed by every merge, so the row names the end of the chain. Anonymous contacts are not told of
    (KIND-5).
    """
    wanted = text.strip()
    if not wanted or len(wanted) > _LONGEST or "\0" in wanted:
        return None
    rows = ContactAlias.objects.filter(
        site=site, value__in={wanted, wanted.removeprefix("#")}, contact__managed=True
    ).select_related("contact__profile")
    found = {row.type: row for row in rows}
    for type_ in (ContactAlias.Type.CUSTOMER_NUMBER, ContactAlias.Type.MEMBER_ID, ContactAlias.Type.ID):
        if row := found.get(type_):
            return OldName(row.contact, row.type, row.value)
    return None
