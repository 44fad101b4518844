"""UNI-7, UNI-8: what a unification does with tags: the survivor carries the union.

Where both carry one tag the earlier attachment stays. The union may exceed 20 tags: nothing is lost by a merge, but
no further tag fits until some are taken off.
"""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.merge_values import ABSORBED, BOTH, SURVIVOR, ClashPlan, FieldPlan, MergeWarning, Told, Why
from contacts.models import Contact
from contacts.moving import MergeParticipant, merge_participants
from contacts.moving_rows import Row, data_of, insert_rows
from tags.models import ContactTag
from tags.tagging import MAX_TAGS_PER_CONTACT

_RELATION = "tags.ContactTag.contact"


def move_tags(survivor: Contact, absorbed: Contact) -> dict[str, Any]:
    """Bring the attachments over. The journal has the rows as they were: ``moved``; ``joined`` as [theirs, ours]."""
    rows = _rows_of(survivor, absorbed)
    ours = {row["tag_id"]: row for row in rows if row["contact_id"] == survivor.pk}
    theirs = [row for row in rows if row["contact_id"] == absorbed.pk]
    joined = [[row, ours[row["tag_id"]]] for row in theirs if row["tag_id"] in ours]
    later = [_later_of(pair) for pair in joined]
    for contact in (survivor, absorbed):
        tags = [row["tag_id"] for row in later if row["contact_id"] == contact.pk]
        ContactTag.objects.filter(site_id=contact.site_id, contact=contact, tag__in=tags).delete()
    ContactTag.objects.filter(site_id=absorbed.site_id, contact=absorbed).update(contact=survivor)
    return {"moved": [row for row in theirs if row["tag_id"] not in ours], "joined": joined}


def _later_of(pair: list[Row]) -> Row:
    theirs, ours = pair
    return ours if theirs["at"] < ours["at"] else theirs


def restore_tags(survivor: Contact, returned: Contact, journal: dict[str, Any]) -> None:
    """Each attachment that is still there goes back as it was; one that was taken off since stays off.

    Attached again since means: taken off, and later activity on the survivor.
    """
    now = {row["tag_id"]: row["at"] for row in _rows_of(survivor)}
    moved = [row for row in journal["moved"] if now.get(row["tag_id"]) == row["at"]]
    joined = [pair for pair in journal["joined"] if now.get(pair[0]["tag_id"]) in {row["at"] for row in pair}]
    touched = [row["tag_id"] for row in moved] + [theirs["tag_id"] for theirs, _ours in joined]
    ContactTag.objects.filter(site_id=survivor.site_id, contact=survivor, tag__in=touched).delete()
    insert_rows(ContactTag, moved + [row for pair in joined for row in pair])


def _rows_of(*contacts: Contact) -> list[Row]:
    rows = ContactTag.objects.filter(site_id=contacts[0].site_id, contact__in=contacts)
    return [data_of(row) for row in rows.order_by("tag_id", "contact_id")]


def _tell(survivor: Contact, absorbed: Contact) -> Told:
    names = _names_of(survivor, absorbed)
    union = names[0] | names[1]
    both, all_ = len(names[0].keys() & names[1].keys()), len(union)
    clashes: tuple[ClashPlan, ...] = ()
    warnings: tuple[MergeWarning, ...] = ()
    if both:
        words = ngettext(
            "%(n)d tag is on both. The earlier attachment stays.",
            "%(n)d tags are on both. The earlier attachments stay.",
            both,
        ) % {"n": both}
        clashes = (ClashPlan(_RELATION, _("customer tags"), both, words),)
    if all_ > MAX_TAGS_PER_CONTACT:
        words = _(
            "Together they carry %(n)d tags. All stay, but no further tag fits until fewer than %(limit)d are left."
        )
        warnings = (MergeWarning("tooManyTags", words % {"n": all_, "limit": MAX_TAGS_PER_CONTACT}),)
    return Told(fields=_as_field(names, union), clashes=clashes, warnings=warnings)


def _names_of(*contacts: Contact) -> list[dict[int, str]]:
    """{tag: name} of each, in order."""
    rows = ContactTag.objects.filter(site_id=contacts[0].site_id, contact__in=contacts)
    names: dict[int, dict[int, str]] = {contact.pk: {} for contact in contacts}
    for contact_id, tag_id, name in rows.values_list("contact_id", "tag_id", "tag__name"):
        names[contact_id][tag_id] = name
    return list(names.values())


def _as_field(names: list[dict[int, str]], union: dict[int, str]) -> tuple[FieldPlan, ...]:
    if not union:
        return ()
    ours, theirs = (sorted(own.values()) for own in names)
    wins = BOTH if ours and theirs else SURVIVOR if ours else ABSORBED
    why = Why.SAME if ours == theirs else Why.UNION if ours and theirs else Why.ONLY_VALUE
    label = capfirst(_("customer tags"))
    return (FieldPlan("tags", label, ours, theirs, sorted(union.values()), wins, why),)


merge_participants.register(
    _RELATION,
    MergeParticipant(
        label=gettext_lazy("customer tags"),
        move=move_tags,
        restore=restore_tags,
        tell=_tell,
        state=_rows_of,
    ),
)
