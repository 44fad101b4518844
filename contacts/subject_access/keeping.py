"""Subject access: how the desk came to the record and how long it keeps it: files, unifications, retention, holds."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from contacts.holds import held_until
from contacts.merge_triggers import trigger_words
from contacts.models import ContactAlias, Hold, ImportRow, Merge
from contacts.retention import policy_of
from contacts.subject_access.parts import Details, Row, Subject, SubjectPart, Word, not_told, rows_part, subject_parts
from desk.models.site import RetentionPolicy

_DAY = datetime.timedelta(days=1)
# Columns of a record that became part of this one, by the names of the open API.
_ABSORBED = {
    "name": "name",
    "member_id": "memberId",
    "email": "email",
    "mobile_number": "mobileNumber",
    "landline_number": "landlineNumber",
    "birth_date": "birthDate",
}


def _merge(subject: Subject, row: Merge) -> Row:
    """What was undone is told, for it was done to the person's record; whose record it was is not."""
    told: dict[str, Any] = {"at": row.at, "trigger": Word(row.trigger, trigger_words(row.trigger))}
    if row.undone_at is not None:
        return told | {"undoneAt": row.undone_at}
    return told | {"customerNumber": str(row.absorbed_customer_number), "details": _absorbed(row.journal)}


def _absorbed(journal: Mapping[str, Any]) -> Details:
    absorbed, profile = journal.get("absorbed", {}), journal.get("profile", {})
    told = {name: absorbed.get(column) for column, name in _ABSORBED.items()}
    told |= {"address": profile.get("address"), "memo": profile.get("memo")}
    told |= {f"profile.{key}": value for key, value in (profile.get("values") or {}).items()}
    return Details({name: value for name, value in told.items() if value not in ("", None)})


def _aliases(subject: Subject) -> QuerySet[ContactAlias]:
    return subject.contact.aliases.order_by("type", "pk")


_ALIASES = {
    ContactAlias.Type.ID: _("ID in the desk"),
    ContactAlias.Type.CUSTOMER_NUMBER: _("Customer number"),
    ContactAlias.Type.MEMBER_ID: _("Member ID"),
}


def _alias(subject: Subject, row: ContactAlias) -> Row:
    return {"type": Word(row.type, _ALIASES[ContactAlias.Type(row.type)]), "value": row.value}


def _imports(subject: Subject) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(site=subject.site, contact_id__in=subject.ids).select_related("contact_import")
    return rows.order_by("contact_import_id", "line")


def _read_imports(subject: Subject) -> Iterator[Row]:
    """What a row says, unless it led to a unification that was undone: then it may be about the other one."""
    undone = Merge.objects.filter(survivor=subject.contact, undone_at__isnull=False)
    wrong = set(undone.values_list("pk", flat=True))
    for row in _imports(subject).iterator(chunk_size=500):
        values = {key: value[0] if isinstance(value, list) and value else value for key, value in row.values.items()}
        told = Details({"memberId": row.member_id, **values} if row.member_id else values)
        yield {
            "uploadedAt": row.contact_import.created_at,
            "importTag": row.contact_import.import_tag,
            "line": row.line,
            "verdict": Word(row.verdict, row.get_verdict_display()),
            "values": Details() if wrong.intersection((row.made or {}).get("merges", ())) else told,
        }


def _hold(subject: Subject, row: Hold) -> Row:
    return {"createdAt": row.created_at, "until": row.until, "reason": row.reason, "endedAt": row.ended_at}


def _retention(subject: Subject) -> Iterator[Row]:
    """When the person is deleted if nothing happens until then, by which rule, and what holds that up."""
    policy, contact = policy_of(subject.site), subject.contact
    rule = policy.rule_of(contact)
    expires = policy.expires_on(contact)
    held = held_until(subject.site, [contact.pk], now=subject.now).get(contact.pk)
    if expires is not None and held is not None:
        expires = max(expires, held + _DAY)
    yield {
        "policy": Word(subject.site.retention_policy, RetentionPolicy(subject.site.retention_policy).label),
        "rule": Word(rule.name, rule.period.in_words() if rule.period else _now("without an end")),
        "lastTouchOn": policy.touched_on(contact),
        "heldUntil": held,
        "expiresOn": expires,
    }


subject_parts.register(
    "imports",
    SubjectPart(
        _("Imported files"),
        {
            "uploadedAt": _("Uploaded"),
            "importTag": _("Import tag"),
            "line": _("Line"),
            "verdict": _("Result"),
            "values": _("What it says"),
        },
        _read_imports,
        ("contacts.ImportRow",),
        count=lambda subject: _imports(subject).count(),
        order=60,
        note=_("What files that the company uploaded said, as long as that is kept."),
    ),
)
subject_parts.register(
    "merges",
    rows_part(
        _("Records that were joined"),
        {
            "at": _("Time"),
            "trigger": _("Why"),
            "customerNumber": _("Customer number"),
            "details": _("What it said"),
            "undoneAt": _("Taken apart again"),
        },
        rows=lambda subject: subject.contact.merges.order_by("at", "pk"),
        tell=_merge,
        covers=["contacts.Merge.survivor"],
        order=62,
    ),
)
subject_parts.register(
    "aliases",
    rows_part(
        _("Earlier numbers and IDs"),
        {"type": _("Kind"), "value": _("Value")},
        rows=_aliases,
        tell=_alias,
        covers=["contacts.ContactAlias.contact"],
        order=64,
    ),
)
subject_parts.register(
    "retention",
    SubjectPart(
        _("Deletion"),
        {
            "policy": _("Rules"),
            "rule": _("Kept after the last contact"),
            "lastTouchOn": _("Last contact"),
            "heldUntil": _("Deletion held until"),
            "expiresOn": _("Will be deleted on"),
        },
        _retention,
        order=70,
        single=True,
        note=_("Unless there is contact before that day: a visit, a message, or a change of the details."),
    ),
)
subject_parts.register(
    "holds",
    rows_part(
        _("Deletion held"),
        {"createdAt": _("Since"), "until": _("Until"), "reason": _("Reason"), "endedAt": _("Ended")},
        rows=lambda subject: subject.contact.holds.order_by("pk"),
        tell=_hold,
        covers=["contacts.Hold.contact"],
        order=72,
    ),
)

_SOMEBODY_ELSE = "tells that somebody else has the same phone, e-mail or member ID; the value itself is a known value"
for _relation in (
    "contacts.PendingMerge.contact",
    "contacts.PendingMerge.member",
    "contacts.MergeSuggestion.first",
    "contacts.MergeSuggestion.second",
):
    not_told.register(_relation, _SOMEBODY_ELSE)
for _table in ("contacts.FrozenValue", "contacts.JoinCount"):
    not_told.register(_table, "how many people share a value; the value itself is a known value")
not_told.register(
    "contacts.ContactImport", "the file as a whole is about many people; its rows about this one are told"
)
not_told.register("contacts.ImportReject", "rows of files that were refused: nothing was taken over from them")
not_told.register("contacts.ContactExport", "the file as a whole is about many people, and goes after a week")
not_told.register("contacts.KeptFilter", "what an operator looked for, not what is known of anybody")
for _table in ("desk.Job", "desk.JobRefusal"):
    not_told.register(_table, "what was done with many people at once; what it changed is told with the changes")
not_told.register("desk.IdempotencyKey", "digests of calls, for a day; nobody can read a person out of them")
not_told.register(
    "contacts.ContactChange.contact",
    "what a bulk job needs for its undo, in a form that only that job reads; where the person was unified and parted "
    "again it may be the other one's. That the job changed the record is told with the changes",
)
