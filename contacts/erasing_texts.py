"""RET-4: deleted people are named nowhere: in reasons of the audit log and of exports, in jobs, in kept filters.

All of these are few: entries about other things than people, jobs of 90 days, long filters of addresses. They are read,
and only where there are any it is asked by which words the people can be recognised. A filter goes on without the
value, which nobody has any more, so it means the same people; a reason that names somebody goes as a whole.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.erasing import ErasureParticipant, erasure_participants
from contacts.identifying import Values, Words, earlier_ids, identifying
from contacts.models import ContactExport, KeptFilter
from desk.audit import forget_entries
from desk.models import AuditEntry, Job, Site

# Entries about anything else hold names that the site itself has given: of tags, grades, columns.
_TELLING = ("", "contactexport", "segment", "job")
_SELECTION = ("filter", "search")
_CHANGED = 200


def _erase(site: Site, ids: Sequence[int]) -> int:
    """Answers how many texts. One statement where there are none."""
    sources = (_entries(site), _reasons(site), _jobs(site), KeptFilter.objects.filter(site=site).only("document"))
    if not any(there := _which_are_there(site, sources)):
        return 0
    entries, exports, jobs, filters = (
        list(one) if is_there else [] for one, is_there in zip(sources, there, strict=True)
    )
    people = identifying(site, [*ids, *earlier_ids(site, ids)])
    if not people:
        return 0
    words, values = Words(people), Values(people)
    told = [pk for pk, reason, details in entries if words.are_in(reason) or words.are_in_any(details)]
    forget_entries(site, told)
    reasons = [pk for pk, reason in exports if words.are_in(reason)]
    if reasons:
        ContactExport.objects.filter(site=site, pk__in=reasons).update(reason="")
    named = [pk for pk, *documents in jobs if words.are_in_any(documents)]
    _blank_jobs(named, words)
    return len(told) + len(reasons) + len(named) + _blank_filters(filters, values)


def _which_are_there(site: Site, sources: Sequence[QuerySet[Any]]) -> Sequence[bool]:
    looks = {f"look{place}": Exists(source) for place, source in enumerate(sources)}
    return Site.objects.filter(pk=site.pk).annotate(**looks).values_list(*looks).get()


def _entries(site: Site) -> QuerySet[Any]:
    told = AuditEntry.objects.filter(site=site, target_type__in=_TELLING)
    told = told.filter(~Q(reason="") | Q(target_type="segment") & ~Q(details={}))
    return told.order_by().values_list("pk", "reason", "details")


def _reasons(site: Site) -> QuerySet[Any]:
    return ContactExport.objects.filter(site=site).exclude(reason="").values_list("pk", "reason")


def _jobs(site: Site) -> QuerySet[Any]:
    """What jobs were told and tell, without long lists of ids."""
    selection = [f"params__selection__{name}" for name in _SELECTION]
    told = ("params__params", "params__prepared", "result", "error_values")
    return Job.objects.filter(site=site).order_by().values_list("pk", *selection, *told)


def _blank_jobs(named: Sequence[int], words: Words) -> None:
    """A job that has not ended still needs what it was told to do; only whom it was for and why is told no longer."""
    for start in range(0, len(named), _CHANGED):
        jobs = list(Job.objects.filter(pk__in=named[start : start + _CHANGED]))
        for job in jobs:
            job.params = _blanked_params(job.params, words, finished=job.finished)
            job.result = _blanked(job.result, words.are_in)
            job.error_values = _blanked(job.error_values, words.are_in)
        Job.objects.bulk_update(jobs, ["params", "result", "error_values"])


def _blanked_params(params: dict[str, Any], words: Words, *, finished: bool) -> dict[str, Any]:
    made = dict(params)
    if isinstance(selection := params.get("selection"), dict):
        hidden = {name: _blanked(selection[name], words.are_in) for name in _SELECTION if name in selection}
        made["selection"] = selection | hidden
    for name in ("params", "prepared"):
        if finished and name in made:
            made[name] = _blanked(made[name], words.are_in)
        elif isinstance(told := made.get(name), dict) and words.are_in(str(told.get("reason", ""))):
            made[name] = told | {"reason": "…"}
    return made


def _blanked(document: Any, hides: Callable[[str], bool]) -> Any:
    """A copy of a JSON value in which every text that ``hides`` is “…”."""
    if isinstance(document, str):
        return "…" if hides(document) else document
    if isinstance(document, dict):
        return {key: _blanked(value, hides) for key, value in document.items()}
    if isinstance(document, list):
        return [_blanked(value, hides) for value in document]
    return document


def _blank_filters(filters: Sequence[KeptFilter], values: Values) -> int:
    changed = [one for one in filters if values.are_in(one.document)]
    for one in changed:
        one.document = values.without(one.document)
    if changed:
        KeptFilter.objects.bulk_update(changed, ["document"], batch_size=_CHANGED)
    return len(changed)


erasure_participants.register("texts", ErasureParticipant(_("texts that name people"), (), _erase))
