"""RET-4: what the deletion of people takes with them: the registry, and the part of this app.

``tests/contacts/test_erasing.py`` walks all models and fails until every relation to Contact is covered, here or by the
app that has it. When people are deleted, and who may be, is said in ``contacts.deleting``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Exists, Model, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.id_lists import delete_rows, id_rows
from contacts.identifying import earlier_ids
from contacts.models import Contact, ContactAlias, FrozenValue, JoinCount, KnownValue
from desk.audit import forget_details
from desk.models import Site, WebhookDelivery
from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class ErasureParticipant:
    """One kind of thing that goes with people.

    ``label``: what the things are, in words (plural). ``covers``: the relations to Contact that are empty after
    ``erase``, as "<app label>.<Model>.<field>". ``erase``: given the site and the ids of people whose rows are locked,
    deletes all of theirs, children first, in a number of statements that does not depend on how many there are, and
    answers how many things that were; files and the like go ``on_commit``. ``count``: how many things these people
    have; None: not worth telling.
    """

    label: str | Promise
    covers: tuple[str, ...]
    erase: Callable[[Site, Sequence[int]], int]
    count: Callable[[Site, Sequence[int]], int] | None = None


# Run last registered first, so that rows of an upper app, which point at those of a lower one, are gone before them.
erasure_participants: Registry[ErasureParticipant] = Registry("erasure participants")


def erase_rows(*relations: str, label: str | Promise, listed: bool = True) -> ErasureParticipant:
    """The usual participant: the rows behind ``relations`` (of one table) go; nothing may point at them any more."""

    def erase(site: Site, ids: Sequence[int]) -> int:
        return sum(delete_rows(model, field, ids) for model, field in map(_named, relations))

    def count(site: Site, ids: Sequence[int]) -> int:
        return sum(
            model._base_manager.filter(**{f"{field}__in": id_rows(ids)}).count()
            for model, field in map(_named, relations)
        )

    return ErasureParticipant(label, relations, erase, count if listed else None)


def _named(relation: str) -> tuple[type[Model], str]:
    name, field = relation.rsplit(".", 1)
    return apps.get_model(name), field


def erase_everything_of(site: Site, ids: Sequence[int]) -> dict[str, int]:
    """All that people have, and at last themselves. For ``contacts.deleting`` only, which locks and records.

    Answers what ``count_what_goes`` would have answered before.
    """
    gone = {name: erasure_participants.get(name).erase(site, ids) for name in reversed(erasure_participants.names())}
    delete_rows(Contact, "id", ids)
    return {name: gone[name] for name in _listed() if gone[name]}


def count_what_goes(site: Site, ids: Sequence[int]) -> dict[str, int]:
    """{name of participant: how many things} of these people; those without any are left out."""
    found = {name: participant.count(site, ids) for name, participant in _listed().items() if participant.count}
    return {name: count for name, count in found.items() if count}


def _listed() -> dict[str, ErasureParticipant]:
    named = {name: erasure_participants.get(name) for name in erasure_participants.names()}
    return {name: participant for name, participant in named.items() if participant.count is not None}


def told_what_goes(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The counts with words, in a steady order: [("events", 5), …]."""
    return [(str(participant.label), counts[name]) for name, participant in _listed().items() if counts.get(name)]


def _forget_changes(site: Site, ids: Sequence[int]) -> int:
    """The audit log goes on saying that somebody changed something, but no longer what it was.

    Also what it says of the people they absorbed, whose ids are aliases now.
    """
    old = ContactAlias.objects.filter(site=site, contact__in=id_rows(ids), type=ContactAlias.Type.ID)
    return forget_details(site, "contact", [*map(str, ids), *old.values_list("value", flat=True)])


def _forget_values(site: Site, ids: Sequence[int]) -> int:
    """A phone or e-mail that was frozen, or counted on the way there (UNI-14), when nobody else has it."""
    forgotten = 0
    for model in (FrozenValue, JoinCount):
        known = KnownValue.objects.filter(site=site, field=OuterRef("field"), norm=OuterRef("value"))
        theirs, others = known.filter(contact__in=id_rows(ids)), known.exclude(contact__in=id_rows(ids))
        rows = model._default_manager.filter(site=site)
        # Most sites have none, and looking for theirs costs more than asking for any.
        if rows.exists():
            forgotten += rows.filter(Exists(theirs), ~Exists(others)).delete()[0]
    return forgotten


def _forget_deliveries(site: Site, ids: Sequence[int]) -> int:
    """What webhooks were told of them in the last two weeks, or are still to be told (API-3)."""
    if not WebhookDelivery.objects.filter(site=site, subject__isnull=False).exists():
        return 0
    return delete_rows(WebhookDelivery, "subject", [*ids, *earlier_ids(site, ids)])


_PARTICIPANTS = {
    "profile": erase_rows("contacts.ContactProfile.contact", label=_("profile"), listed=False),
    "identities": erase_rows("contacts.Identity.contact", label=_("identities")),
    "visits": erase_rows("contacts.Visit.contact", label=_("visits")),
    "events": erase_rows("contacts.Event.contact", label=_("events")),
    "merges": erase_rows("contacts.Merge.survivor", label=_("unifications")),
    "aliases": erase_rows("contacts.ContactAlias.contact", label=_("old numbers and links"), listed=False),
    "knownValues": erase_rows("contacts.KnownValue.contact", label=_("known values")),
    "holds": erase_rows("contacts.Hold.contact", label=_("holds")),
    "pending": erase_rows(
        "contacts.PendingMerge.contact", "contacts.PendingMerge.member", label=_("pending unifications"), listed=False
    ),
    "suggestions": erase_rows(
        "contacts.MergeSuggestion.first",
        "contacts.MergeSuggestion.second",
        label=_("merge suggestions"),
        listed=False,
    ),
    "changesByJobs": erase_rows("contacts.ContactChange.contact", label=_("changes by jobs"), listed=False),
    # Without a table of their own; before the aliases and known values that say which they are.
    "frozenValues": ErasureParticipant(_("frozen values"), (), _forget_values),
    "webhookDeliveries": ErasureParticipant(_("webhook deliveries"), (), _forget_deliveries),
    "auditDetails": ErasureParticipant(_("details in the audit log"), (), _forget_changes),
}
for _name, _participant in _PARTICIPANTS.items():
    erasure_participants.register(_name, _participant)
