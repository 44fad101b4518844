"""UNI-6, UNI-7, UNI-13: the plan of a merge: what moves, which value wins and why, what clashes, what is dropped.

Reads only. What it says is what ``contacts.merging`` does: that carries out the same plan, under the locks.
"""

from collections.abc import Iterable, Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.combining import Combination, combine
from contacts.folding import fold
from contacts.merge_fingerprints import fingerprint_of
from contacts.merge_rules import Rule, is_field, source_of
from contacts.merge_values import (
    ABSORBED,
    SURVIVOR,
    ClashPlan,
    DropPlan,
    FieldPlan,
    Line,
    MergePlan,
    MergeRefused,
    MergeWarning,
    MovePlan,
    text_of,
)
from contacts.models import Contact, ContactProfile, Identity, Kind, ProfileField, Source
from contacts.models.identity import MAX_IDENTITIES
from contacts.moving import count_rows, merge_participants
from contacts.moving_rows import Row, data_of
from contacts.profile_values import MAX_KEYS


def plan_merge(
    survivor: Contact, absorbed: Contact, *, choices: Mapping[str, str] | None = None, member_into_member: bool = False
) -> MergePlan:
    """What ``merge`` would do now. ``choices``: {public name: "survivor" or "absorbed"} for fields that are choosable.

    Raises ``MergeRefused``.
    """
    survivor, absorbed = read_both(survivor, absorbed)
    refuse_the_impossible(survivor, absorbed, member_into_member=member_into_member)
    plan = make_plan(survivor, absorbed, choices=choices or {})
    check_choices(plan.fields, choices or {})
    return plan


def read_both(survivor: Contact, absorbed: Contact) -> tuple[Contact, Contact]:
    """Both as they are now, with their profiles; ``MergeRefused`` when one is gone or they are one."""
    if survivor.pk == absorbed.pk:
        raise MergeRefused("same")
    found = Contact.objects.select_related("profile", "site").in_bulk([survivor.pk, absorbed.pk])
    if len(found) < 2:
        raise MergeRefused("gone")
    return found[survivor.pk], found[absorbed.pk]


def refuse_the_impossible(survivor: Contact, absorbed: Contact, *, member_into_member: bool) -> None:
    """UNI-1, UNI-6, BOOT-11. A member is absorbed by a member only, and only when that is asked for.

    A lead cannot absorb a member: the person would stop being one (KIND-4), or would have to take over a memberId,
    and then the member's number would be the one that is lost. The same two can be merged the other way round.
    """
    if survivor.site_id != absorbed.site_id:
        raise MergeRefused("other_site")
    if absorbed.kind == Kind.MEMBER and survivor.kind != Kind.MEMBER:
        raise MergeRefused("member_survives")
    if absorbed.kind == Kind.MEMBER and not member_into_member:
        raise MergeRefused("member")
    if Identity.objects.filter(contact__in=[survivor, absorbed]).count() > MAX_IDENTITIES:
        raise MergeRefused("too_many_identities")


def check_choices(fields: Iterable[FieldPlan], choices: Mapping[str, str]) -> None:
    """A choice names a field and one of the two. Where the two do not differ there is nothing to choose."""
    plans = {one.key: one for one in fields}
    for key, chosen in choices.items():
        field = plans.get(key)
        overrules = field is not None and field.differs and not field.choosable and field.wins != chosen
        if not is_field(key) or chosen not in {SURVIVOR, ABSORBED} or overrules:
            raise MergeRefused("choice", key)


def make_plan(survivor: Contact, absorbed: Contact, *, choices: Mapping[str, str]) -> MergePlan:
    """The plan for two contacts as they were read."""
    labels = ProfileField.objects.filter(site_id=survivor.site_id).exclude(label="").values_list("key", "label")
    both = combine(survivor, absorbed, choices=choices, labels=dict(labels))
    fields = list(both.fields)
    moves: list[MovePlan] = []
    clashes: list[ClashPlan] = []
    dropped, warnings = list(_dropped(both)), list(_warnings(both))
    lines = list(_lines_of_contacts(both))
    for relation, counts in count_rows(survivor, absorbed).items():
        participant = merge_participants.get(relation)
        told, label = participant.tell(survivor, absorbed), str(participant.label)
        state = participant.state(survivor, absorbed)
        lines.append(Line(relation, label, f"{counts[0]} / {counts[1]}", [counts, state]))
        moving = counts[1] - sum(clash.count for clash in told.clashes)
        if participant.listed and moving:
            moves.append(MovePlan(relation, label, moving))
        fields += told.fields
        clashes += told.clashes
        dropped += told.dropped
        warnings += told.warnings
    return MergePlan(
        survivor_id=survivor.pk,
        absorbed_id=absorbed.pk,
        fields=tuple(fields),
        moves=tuple(moves),
        clashes=tuple(clashes),
        dropped=tuple(dropped),
        warnings=tuple(warnings),
        fingerprint=fingerprint_of(lines),
        lines=tuple(lines),
        contact_columns=both.contact,
        profile_columns=both.profile,
        known_values=tuple(values_to_keep(both)),
    )


def _lines_of_contacts(both: Combination) -> Iterator[Line]:
    """One line per field, and one for whatever else the two rows hold, so that no write goes unnoticed."""
    for one in both.fields:
        texts = [text_of(value) for value in (one.kept, one.absorbed)]
        sources = [one.kept_source, one.absorbed_source]
        yield Line(
            one.key, one.label, " / ".join(text or "–" for text in texts), [texts, [str(note) for note in sources]]
        )
    rows = [data_of(row) for contact in (both.survivor, both.absorbed) for row in (contact, contact.profile)]
    changed = [contact.updated_at.isoformat() for contact in (both.survivor, both.absorbed)]
    yield Line("updatedAt", both.label("updatedAt"), " / ".join(changed), rows)


def values_to_keep(both: Combination) -> Iterator[Row]:
    """QUAL-3: what gives way in a field that keeps its history, as rows of known values."""
    for rule, loser in both.losers:
        yield _known_value(rule, loser)


def _known_value(rule: Rule, loser: Contact) -> Row:
    row = loser.profile if rule.on_profile else loser
    note = source_of(loser, rule.key)
    qualified = bool(getattr(row, rule.trusted)) if rule.trusted else note is None or note.source != Source.FORM
    at = note.at if note else loser.created_at.isoformat()
    return {
        "field": str(rule.known),
        "value": getattr(row, rule.columns[0]),
        "norm": _norm_of(rule, row),
        "qualified": qualified,
        "source": note.source if note else str(Source.SCRIPT if qualified else Source.FORM),
        "source_label": note.label[:120] if note else "",
        "first_seen_at": at,
        "last_seen_at": at,
    }


def _norm_of(rule: Rule, row: Contact | ContactProfile) -> str:
    """What matching compares; names and addresses never match anybody."""
    if rule.key == "memberId":
        return fold(getattr(row, rule.columns[0]))
    return str(getattr(row, rule.columns[1])) if rule.trusted else ""


def _dropped(both: Combination) -> Iterator[DropPlan]:
    absorbed = both.absorbed
    words = _("Stays an old number: whoever looks for it finds the contact that is kept.")
    yield DropPlan("customerNumber", both.label("customerNumber"), absorbed.customer_number, "alias", words)
    if absorbed.member_id:
        words = _("Stays another name: whoever signs in with it is the contact that is kept.")
        yield DropPlan("memberId", both.label("memberId"), absorbed.member_id, "alias", words)
    known = {rule.key for rule, _loser in both.losers}
    for one in both.fields:
        if one.choosable:
            yield _lost_value(one, is_known=one.key in known)
    if both.memo_cut:
        words = _("What is cut off stays in the record of the merge.")
        yield DropPlan("memo", both.label("memo"), None, "record", words)


def _lost_value(one: FieldPlan, *, is_known: bool) -> DropPlan:
    lost = one.kept if one.wins == ABSORBED else one.absorbed
    if is_known:
        return DropPlan(one.key, one.label, lost, "knownValue", _("Stays a known value."))
    return DropPlan(one.key, one.label, lost, "record", _("Stays in the record of the merge."))


def _warnings(both: Combination) -> Iterable[MergeWarning]:
    if both.memo_cut:
        words = ngettext(
            "Together the memos are too long: the last character is cut off.",
            "Together the memos are too long: the last %(n)d characters are cut off.",
            both.memo_cut,
        )
        yield MergeWarning("memoCut", words % {"n": both.memo_cut})
    if both.absorbed.kind == Kind.MEMBER:
        words = _("Both are members. “%(member_id)s” will sign in as the member who is kept.")
        yield MergeWarning("memberAbsorbed", words % {"member_id": both.absorbed.member_id})
    if len(both.profile.get("values", {})) > MAX_KEYS:
        words = _("Together they have more custom values than the %(limit)d a contact may have. All are kept.")
        yield MergeWarning("tooManyValues", words % {"limit": MAX_KEYS})
    if both.survivor.blocked != both.absorbed.blocked:
        yield MergeWarning("blocked", _("One of the two is blocked, so the contact that is kept will be."))
