"""FIL-5: which of many terms matched nobody, asked by the list after its rows and its count, so that neither waits."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.admin.list_request import ListRefused, read_list_request
from contacts.admin.value_names import conditions_of
from contacts.filters.document import Filter
from contacts.filters.unmatched import Unmatched, unmatched_terms
from contacts.time_limit import LIST_SECONDS, TookTooLong, time_limit
from desk.admin import access_of

_TEMPLATE = "admin/contacts/contact/unmatched.html"
_SHOWN = 12  # terms in the line; the button copies all


def has_many_terms(filter: Filter) -> bool:
    """Whether there is anything to ask: a condition on texts with more than one term."""
    return any(condition.field.occurring and len(condition.values) > 1 for condition in conditions_of(filter.root))


def show_unmatched(request: HttpRequest) -> HttpResponse:
    """The terms by condition, as a fragment."""
    try:
        asked = read_list_request(access_of(request), request.GET)
        with time_limit(LIST_SECONDS):
            found = unmatched_terms(asked.own, now=timezone.now())
    except ListRefused:
        return HttpResponse()  # why is said by the list itself
    except TookTooLong:
        slow = _("Which of the terms matched nobody could not be found out in time.")
        return TemplateResponse(request, _TEMPLATE, {"slow": slow})
    lines = [{**_line(one), "place": place} for place, one in enumerate(found)]
    return TemplateResponse(request, _TEMPLATE, {"lines": lines})


def _line(one: Unmatched) -> dict[str, str]:
    count = len(one.terms)
    sentence = ngettext(
        # Translators: %(field)s is a field such as "Member ID", %(total)s the number of pasted terms
        "%(field)s: %(count)s of %(total)s terms matched nobody:",
        "%(field)s: %(count)s of %(total)s terms matched nobody:",
        count,
    ) % {
        "field": capfirst(one.label),
        "count": formats.number_format(count, force_grouping=True),
        "total": formats.number_format(one.total, force_grouping=True),
    }
    more = "" if count <= _SHOWN else "…"
    return {"sentence": sentence, "shown": ", ".join(one.terms[:_SHOWN]) + more, "all": "\n".join(one.terms)}
