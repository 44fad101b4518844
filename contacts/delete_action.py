"""RET-8 for many: the action "delete" of the list and the open API, in the routine of withdrawn members: find them by
their memberIds, choose all, delete.

It cannot be undone (JOB-4), so whoever deletes more than one says how many there are, and why. The audit log keeps the
reason, the number and how the people were chosen; not who they were. Whom somebody holds is refused (RET-5).
"""

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from contacts.actions import Action, ActionForm, ActionRefused, Outcome, Params, Work, actions
from contacts.deleting import BATCH, delete_contacts
from contacts.erasing import count_what_goes, told_what_goes
from contacts.holds import held_until
from contacts.id_lists import id_rows
from contacts.models import Contact, DeletionReason, Kind
from desk.jobs.kinds import Refused
from desk.jobs.telling import number


class DeleteForm(ActionForm):
    """``confirm``: the number of people, written out by whoever deletes more than one."""

    template_name = "admin/contacts/contact/delete_form.html"

    confirm = forms.IntegerField(
        label=gettext_lazy("Number of people"),
        help_text=gettext_lazy("To delete more than one, enter how many are selected."),
        required=False,
        min_value=1,
        widget=forms.NumberInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), help_text=gettext_lazy("Kept in the audit log, without names."), max_length=255
    )


def _confirm(params: Params, count: int) -> None:
    if count > 1 and params.get("confirm") != count:
        message = ngettext(
            "Nothing was deleted. Enter %(n)d to confirm that this person goes for good.",
            "Nothing was deleted. Enter %(n)d to confirm that these people go for good.",
            count,
        )
        raise ActionRefused("confirmation_required", message % {"n": count}, "params.confirm")


def _change(ids: Sequence[int], params: Params, work: Work) -> Outcome:
    if work.dry_run:
        there = Contact.objects.filter(site=work.site, pk__in=id_rows(ids)).order_by("pk")
        kinds = dict(there.values_list("pk", "kind"))
        held = held_until(work.site, list(kinds), now=work.now)
        for pk in held:
            del kinds[pk]
        things = count_what_goes(work.site, list(kinds))
        return Outcome(list(kinds), refused=_refused(held), result=_result(Counter(kinds.values()), things))
    reason = DeletionReason.API if work.actor.kind == "api" else DeletionReason.OPERATOR
    deleted = delete_contacts(ids, site=work.site, reason=reason, now=work.now)
    return Outcome(deleted.ids, refused=_refused(deleted.held), result=_result(deleted.kinds, deleted.things))


def _refused(held: Mapping[int, datetime.date]) -> tuple[Refused, ...]:
    return tuple(Refused("held", pk, values={"until": held[pk].isoformat()}) for pk in sorted(held))


def _result(kinds: Mapping[str, int], things: Mapping[str, int]) -> dict[str, Any]:
    return {"kinds": dict(kinds), "things": dict(things)}


def _found(result: Mapping[str, Any]) -> str:
    """“8 members, 4 leads; with them: events 120, visits 31”."""
    members, leads = (result.get("kinds", {}).get(kind, 0) for kind in (Kind.MEMBER, Kind.LEAD))
    people = [ngettext("%(n)s member", "%(n)s members", members) % {"n": number(members)}] if members else []
    people += [ngettext("%(n)s lead", "%(n)s leads", leads) % {"n": number(leads)}] if leads else []
    things = [f"{label} {number(count)}" for label, count in told_what_goes(result.get("things", {}))]
    if not things:
        return _listed(people)
    # Translators: "8 members, 4 leads; with them: events 120, visits 31"
    return _("%(people)s; with them: %(things)s") % {"people": _listed(people), "things": _listed(things)}


def _listed(words: Sequence[str]) -> str:
    return pgettext("list", ", ").join(words)


DELETE = Action(
    name="delete",
    label=gettext_lazy("Delete"),
    permission="contacts.delete",
    form_class=DeleteForm,
    change=_change,
    told=lambda params: _("Delete"),
    confirm=_confirm,
    sentences={"held": gettext_lazy("Somebody holds this person: nothing deletes them until %(until)s.")},
    found=_found,
    audit="contact.delete",
    details=lambda params: {"reason": params["reason"]},
    batch=BATCH,
    icon="trash",
)
actions.register(DELETE.name, DELETE)
