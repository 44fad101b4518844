"""Where tags are found: in the sidebar, and by name in the palette."""

import json
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from desk.access import Access
from desk.admin import access_of
from desk.admin.navigation import Entry, Section, navigation
from desk.palette import MAX_HITS, Hit, palette_sources
from tags.filter_fields import suggest
from tags.models import Tag


def contacts_url(tag: Tag) -> str:
    """The list of everybody who carries the tag."""
    document = {"and": [{"key": "tags", "op": "anyOf", "values": [tag.name]}]}
    query = urlencode({"filter": json.dumps(document, ensure_ascii=False, separators=(",", ":"))})
    return f"{reverse('admin:contacts_contact_changelist')}?{query}"


def _entries(request: HttpRequest) -> list[Entry]:
    if not access_of(request).may("tags.view"):
        return []
    return [
        Entry(_("Customer tags"), reverse("admin:tags_tag_changelist"), "tag"),
        Entry(_("Grades"), reverse("admin:tags_grade_changelist"), "grade"),
    ]


def _hits(access: Access, query: str) -> list[Hit]:
    """The tags whose name contains what was typed; nothing typed offers none, they would push out everything else."""
    if not query or not access.may("contacts.view"):
        return []
    tags = suggest(access.site, query)[:MAX_HITS]
    return [Hit(tag.name, _("Customers with this tag"), contacts_url(tag), "tag") for tag in tags]


navigation.register("tags", Section(name="tags", label="", order=40, entries=_entries))
palette_sources.register("tags", _hits)
