"""BOOT-14 for many: the actions "block" and "unblock" of the list (LIST-3).

Each contact that changes gets its own line in the audit log, which is what its timeline tells.
"""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.actions import Action, ActionForm, Outcome, Params, actions
from contacts.bulk import chunks, fixed_ids
from contacts.models import Contact
from desk.actors import Actor
from desk.models import AuditEntry, Site


def _apply(
    contacts: QuerySet[Contact], params: Params, *, site: Site, actor: Actor, now: datetime, to: bool
) -> Outcome:
    outcome = Outcome()
    for _first, chunk in chunks(fixed_ids(contacts, site)):
        with transaction.atomic():
            # Locked, so that of two operators at once each change is written and told once.
            open_ = Contact.objects.select_for_update(no_key=True).filter(pk__in=chunk, blocked=not to)
            changing = list(open_.order_by("pk").values_list("pk", flat=True))
            Contact.objects.filter(pk__in=changing).update(blocked=to, updated_at=now, last_touch_at=now)
            _record(changing, to=to, site=site, actor=actor, now=now)
        outcome += Outcome(len(changing), len(chunk) - len(changing))
    return outcome


def _plan(contacts: QuerySet[Contact], params: Params, *, site: Site, actor: Actor, now: datetime, to: bool) -> Outcome:
    ids = fixed_ids(contacts, site)
    changing = len(fixed_ids(contacts.filter(blocked=not to), site))
    return Outcome(changing, len(ids) - changing)


def _record(ids: list[int], *, to: bool, site: Site, actor: Actor, now: datetime) -> None:
    """What ``desk.audit.record`` writes, for a chunk at once."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            site=site,
            at=now,
            operator=actor.operator,
            actor=actor.label[:120],
            action="contact.block" if to else "contact.unblock",
            target_type="contact",
            target_id=str(pk),
            address=actor.address,
        )
        for pk in ids
    )


BLOCK = Action(
    name="block",
    label=_("Block"),
    permission="contacts.block",
    form_class=ActionForm,
    apply=partial(_apply, to=True),
    plan=partial(_plan, to=True),
    icon="block",
)
UNBLOCK = Action(
    name="unblock",
    label=_("Lift the block"),
    permission="contacts.block",
    form_class=ActionForm,
    apply=partial(_apply, to=False),
    plan=partial(_plan, to=False),
    icon="undo",
)
for _action in (BLOCK, UNBLOCK):
    actions.register(_action.name, _action)
