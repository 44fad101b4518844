"""JOB-1 for people: on whom an action was carried out, in words and as a link, and what the ids of a job stand for."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.filters.describe import describe
from contacts.filters.document import Filter, parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.reading import Asker, Reading
from contacts.kept_filters import fits_address, keep_filter
from contacts.masking import PERSONAL_FIELDS, name_of
from contacts.models import Contact, ContactAlias
from desk.access import Access
from desk.jobs.targets import Target, target_sources
from desk.jobs.telling import Fact, number
from desk.models import Job


def people_of(job: Job, access: Access) -> list[Fact]:
    """Whom the job is about: the filter as a sentence with the list it makes, or how many were ticked."""
    selection = job.params.get("selection")
    if not isinstance(selection, dict):
        return []
    if told := selection.get("told"):
        # Of people who were erased only the outline of the filter is kept.
        return [Fact(_("Whom"), str(told))]
    if "ids" in selection:
        ticked = len(selection["ids"])
        words = ngettext("%(n)s person, ticked by hand", "%(n)s people, ticked by hand", ticked)
        return [Fact(_("Whom"), words % {"n": number(ticked)})]
    return [Fact(_("Whom"), *_of_filter(selection, job, access)), *_left_out(selection)]


def _of_filter(selection: Mapping[str, Any], job: Job, access: Access) -> tuple[str, str]:
    """(sentence, address of the list); a filter by personal data is not read out to who may not see any (SITE-4)."""
    document, search = selection.get("filter") or {}, str(selection.get("search", ""))
    if not access.sees_personal_data and (search or _is_personal(document)):
        return _("A filter by personal data, which is masked for you."), ""
    try:
        filter_ = parse_filter(document, site=job.site, reading=Reading(job.site, asker=Asker.of(access)))
    except FilterError:
        return _("A filter that you cannot open: it names something that is private, or gone."), ""
    said = describe(filter_) if filter_.root is not None or not search else ""
    found = _("search for “%(text)s”") % {"text": search} if search else ""
    return " · ".join(filter(None, [said, found])), _list_url(filter_, search)


def _list_url(filter_: Filter, search: str) -> str:
    query: dict[str, str] = {"q": search} if search else {}
    if filter_.root is not None:
        if fits_address(filter_):
            query["filter"] = json.dumps(filter_.data, ensure_ascii=False, separators=(",", ":"))
        else:
            query["f"] = keep_filter(filter_, now=timezone.now())
    url = reverse("admin:contacts_contact_changelist")
    return f"{url}?{urlencode(query)}" if query else url


def _left_out(selection: Mapping[str, Any]) -> list[Fact]:
    left_out = len(selection.get("exclude", ()))
    if not left_out:
        return []
    words = ngettext("%(n)s person, unticked by hand", "%(n)s people, unticked by hand", left_out)
    return [Fact(_("Without"), words % {"n": number(left_out)})]


def _is_personal(node: Any) -> bool:
    if isinstance(node, dict):
        return node.get("key") in PERSONAL_FIELDS or any(_is_personal(inner) for inner in node.values())
    return isinstance(node, list) and any(_is_personal(inner) for inner in node)


def find_people(access: Access, ids: Sequence[int]) -> dict[int, Target]:
    """The contacts of these ids as this operator may see them; who was merged is the survivor. Two statements."""
    if not access.may("contacts.view"):
        return {}
    people = Contact.objects.filter(site=access.site, managed=True)
    found = {contact.pk: _target(access, contact) for contact in people.filter(pk__in=ids)}
    missing = [str(pk) for pk in ids if pk not in found]
    if missing:
        merged = ContactAlias.objects.filter(
            site=access.site, type=ContactAlias.Type.ID, value__in=missing, contact__managed=True
        )
        found |= {int(alias.value): _target(access, alias.contact) for alias in merged.select_related("contact")}
    return found


def _target(access: Access, contact: Contact) -> Target:
    return Target(
        name_of(contact, sees_personal_data=access.sees_personal_data),
        str(contact.customer_number),
        reverse("admin:contacts_contact_change", args=[contact.pk]),
    )


target_sources.register("contacts", find_people)
