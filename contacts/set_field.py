"""JOB-4, QUAL-6, RET-1: the action "setField": one custom field of many people to a value, or cleared.

What it leaves in a profile is what ``contacts.details`` would have left, person by person: value, folded twin, source,
times. Whoever has the value already stays as they are, whoever has no room for it is refused.

The journal (``ContactChange.before``) holds {"value": [what was there, or null], "folded": [its folded twin], "source":
[where it came from], "written": the source that was written}; the undo brings it back where the job's value, with its
time, still stands.
"""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import set_field_postgresql, set_field_sqlite
from contacts.actions import Action, ActionRefused, Outcome, Params, Work, actions
from contacts.id_lists import id_rows
from contacts.models import Contact, ProfileField, Source
from contacts.profile_fields import fits
from contacts.profile_values import MAX_BYTES, MAX_KEYS, DetailRefused, canonical, check_value
from contacts.set_field_form import SetFieldForm
from contacts.set_field_values import FieldValue, Found, touch, values_of
from desk.jobs.kinds import Refused
from desk.models import Site

_SENTENCES = {
    "profile_full": gettext_lazy("Has as many custom fields as a person may have (%(most)s)."),
    "profile_too_large": gettext_lazy("The custom fields of this person are too large together (over %(most)s bytes)."),
}
_MOST = {"profile_full": MAX_KEYS, "profile_too_large": MAX_BYTES}
_SOURCES = {"operator": Source.OPERATOR, "import": Source.IMPORT}


def _prepare(params: Params, work: Work) -> dict[str, Any]:
    """The value in its stored form, if the field is still there and takes it."""
    return {"field": params["field"], "value": stored_form(work.site, params["field"], params["value"])}


def stored_form(site: Site, key: str, value: Any) -> Any:
    """``value`` as the field ``key`` keeps it, None for none; ``ActionRefused`` when it is no value of the field."""
    field = ProfileField.objects.filter(site=site, key=key).first()
    if field is None:
        message = _("There is no custom field “%(key)s” any more.") % {"key": key}
        raise ActionRefused("unknown_field", message, "params.field")
    if value is None:
        return None
    try:
        value = check_value(value, "params.value")
        if not fits(value, field.type):
            raise DetailRefused("params.value", "does_not_fit")
    except DetailRefused as refused:
        raise ActionRefused(refused.code, refused.message, "params.value") from None
    return canonical(value, field.type, site.zone)


def _change(ids: Sequence[int], params: Params, work: Work) -> Outcome:
    wanted, rows = _wanted(params, work), _rows()
    found = rows.look(ids, wanted)
    if found.other and not work.dry_run:
        # Locked, as every write of a profile does it, and looked at again as they are then.
        now = rows.look(_lock(found.other, work.site), wanted)
        found = Found(now.other, found.same + now.same, now.nearly_full)
    refused = _without_room(found.nearly_full, wanted)
    changing = [pk for pk in found.other if pk not in refused]
    if changing and not work.dry_run:
        rows.change(changing, wanted, job_id=work.job_id)
        touch(changing, work.now)
    return Outcome(changing, found.same, tuple(refused.values()))


def _undo(ids: Sequence[int], params: Params, work: Work) -> Outcome:
    wanted, rows = _wanted(params, work), _rows()
    _lock(list(rows.journalled(ids, wanted, job_id=work.job_id)), work.site)
    found = rows.journalled(ids, wanted, job_id=work.job_id)
    standing = [pk for pk, stands in found.items() if stands]
    if standing:
        rows.take_back(standing, wanted, job_id=work.job_id)
        touch(standing, work.now)
    return Outcome(standing, refused=tuple(Refused("changed_since", pk) for pk, stands in found.items() if not stands))


def _rows() -> ModuleType:
    return set_field_postgresql if connection.vendor == "postgresql" else set_field_sqlite


def _wanted(params: Params, work: Work) -> FieldValue:
    source = _SOURCES.get(work.actor.kind, Source.API)
    return FieldValue(params["field"], params["value"], [str(source), work.now.isoformat(), work.actor.label])


def _lock(ids: Sequence[int], site: Site) -> list[int]:
    rows = Contact.objects.select_for_update(no_key=True).filter(site=site, pk__in=id_rows(ids))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _without_room(ids: Sequence[int], wanted: FieldValue) -> dict[int, Refused]:
    """Whose profile cannot take the value."""
    codes = {pk: wanted.room_in(values) for pk, values in values_of(ids).items()} if ids else {}
    return {pk: Refused(code, pk, values={"most": _MOST[code]}) for pk, code in codes.items() if code}


def _told(params: Params) -> str:
    field = params.get("label") or params["field"]
    if params["value"] is None:
        return _("Clear %(field)s") % {"field": field}
    return _("Set %(field)s: %(value)s") % {"field": field, "value": _shown(params["value"])}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _details(params: Params) -> Mapping[str, Any]:
    return {"fields": [f"profile.{params['field']}"]}


SET_FIELD = Action(
    name="setField",
    label=gettext_lazy("Set a custom field"),
    permission="contacts.change",
    form_class=SetFieldForm,
    prepare=_prepare,
    change=_change,
    undo=_undo,
    told=_told,
    sentences=_SENTENCES,
    audit="contact.setField",
    details=_details,
    icon="edit",
    available=lambda site: ProfileField.objects.filter(site=site).exists(),
)
actions.register(SET_FIELD.name, SET_FIELD)
