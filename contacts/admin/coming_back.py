"""UNI-6: a person is also worked on beside a conversation, not only on the person's own page. What leads away from
there (a merge, a detail that unifies two people) leads back to it; without another page everything goes on as ever.

The address travels as ``next`` and is one of this host, never an open redirect.
"""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from contacts.models import Contact

BACK = "next"


def page_behind(request: HttpRequest, contact: Contact) -> str:
    """The page on which a fragment about ``contact`` is shown; empty on the person's own page and without htmx."""
    htmx = getattr(request, "htmx", None)
    path = (htmx.current_url_abs_path or "") if htmx else ""
    own = reverse("admin:contacts_contact_change", args=[contact.pk])
    return "" if path.partition("?")[0] == own else path


def asked_back(request: HttpRequest) -> str:
    """The ``next`` of a page's address or form when it is a path of this host, else empty."""
    wanted = request.POST.get(BACK, "") or request.GET.get(BACK, "")
    allowed = url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith("/")
    return wanted if allowed else ""


def with_back(url: str, back: str) -> str:
    """``url`` with the way back, where there is one."""
    if not back:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode({BACK: back})}"
