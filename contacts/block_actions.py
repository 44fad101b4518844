"""BOOT-14 for many: the actions "block" and "unblock" of the list (LIST-3).

Each contact that changes gets its own line in the audit log, which is what its timeline tells, and a journal
(``ContactChange.before``: {"blocked": what it was, "at": when}). The undo leaves alone whom somebody has blocked or
unblocked since, or unified: a block spreads with a merge, and whose it was cannot be told any more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db.models import Max
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from contacts.actions import Action, ActionForm, Outcome, Params, Work, actions
from contacts.id_lists import id_rows
from contacts.models import Contact, ContactChange, Merge
from desk.jobs.kinds import Refused
from desk.models import AuditEntry

_WORDS = {True: "contact.block", False: "contact.unblock"}


def _change(ids: Sequence[int], params: Params, work: Work, *, to: bool) -> Outcome:
    people = Contact.objects.filter(site=work.site, pk__in=id_rows(ids))
    if work.dry_run:
        blocked = dict(people.values_list("pk", "blocked"))
        return Outcome(
            [pk for pk in ids if blocked.get(pk, to) != to], [pk for pk in ids if pk in blocked and blocked[pk] == to]
        )
    # Locked, so that of two operators at once each change is written and told once.
    open_ = people.select_for_update(no_key=True).filter(blocked=not to).order_by("pk")
    changing = list(open_.values_list("pk", flat=True))
    _switch(changing, work, to=to)
    _journal(changing, work, to=to)
    unchanged = people.exclude(pk__in=id_rows(changing)).values_list("pk", flat=True)
    return Outcome(changing, sorted(unchanged))


def _undo(ids: Sequence[int], params: Params, work: Work, *, to: bool) -> Outcome:
    """Back to what it was before the job made it ``to``."""
    rows = ContactChange.objects.filter(site=work.site, job_id=work.job_id, contact__in=id_rows(ids))
    before = dict(rows.values_list("contact_id", "before"))
    people = (
        Contact.objects.select_for_update(no_key=True).filter(site=work.site, pk__in=id_rows(before)).order_by("pk")
    )
    blocked = dict(people.values_list("pk", "blocked"))
    since = _decided(list(blocked), work)
    done = {pk: parse_datetime(before[pk]["at"]) for pk in blocked}
    back = [pk for pk, at in done.items() if blocked[pk] == to and at is not None and since.get(pk, at) <= at]
    _switch(back, work, to=not to)
    rows.filter(contact__in=id_rows(back)).delete()
    return Outcome(back, refused=tuple(Refused("changed_since", pk) for pk in blocked if pk not in set(back)))


def _switch(ids: Sequence[int], work: Work, *, to: bool) -> None:
    """With what ``desk.audit.record`` writes, for all of them at once."""
    Contact.objects.filter(pk__in=id_rows(ids)).update(blocked=to, updated_at=work.now, last_touch_at=work.now)
    AuditEntry.objects.bulk_create(
        AuditEntry(
            site=work.site,
            at=work.now,
            operator=work.actor.operator,
            actor=work.actor.label[:120],
            action=_WORDS[to],
            target_type="contact",
            target_id=str(pk),
            address=work.actor.address,
        )
        for pk in ids
    )


def _journal(ids: Sequence[int], work: Work, *, to: bool) -> None:
    """Somebody unified with a person whom this job had changed already has one: the later one counts."""
    before = {"blocked": not to, "at": work.now.isoformat()}
    ContactChange.objects.bulk_create(
        [ContactChange(site=work.site, job_id=work.job_id, contact_id=pk, before=before) for pk in ids],
        update_conflicts=True,
        unique_fields=["job_id", "contact"],
        update_fields=["before"],
    )


def _decided(ids: Sequence[int], work: Work) -> Mapping[int, datetime]:
    """{contact: when it was last blocked, unblocked or unified with somebody}."""
    entries = AuditEntry.objects.filter(
        site=work.site,
        target_type="contact",
        target_id__in=[str(pk) for pk in ids],
        action__in=_WORDS.values(),
    ).order_by()
    latest = {
        int(pk): at for pk, at in entries.values("target_id").annotate(last=Max("at")).values_list("target_id", "last")
    }
    merges = Merge.objects.filter(survivor__in=id_rows(ids), undone_at=None).order_by()
    for pk, at in merges.values("survivor").annotate(last=Max("at")).values_list("survivor", "last"):
        latest[pk] = max(at, latest.get(pk, at))
    return latest


BLOCK = Action(
    name="block",
    label=_("Block"),
    permission="contacts.block",
    form_class=ActionForm,
    change=partial(_change, to=True),
    undo=partial(_undo, to=True),
    told=lambda params: str(_("Block")),
    icon="block",
)
UNBLOCK = Action(
    name="unblock",
    label=_("Lift the block"),
    permission="contacts.block",
    form_class=ActionForm,
    change=partial(_change, to=False),
    undo=partial(_undo, to=False),
    told=lambda params: str(_("Lift the block")),
    icon="undo",
)
for _action in (BLOCK, UNBLOCK):
    actions.register(_action.name, _action)
