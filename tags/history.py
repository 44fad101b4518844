"""The tags' lines in the timeline of a contact: which tag it got, when and from whom (TAG-5)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Contact
from contacts.timeline import Bound, Entry, TimelineSource, timeline_sources
from tags.models import ContactTag


def _attachments(contact: Contact, bound: Bound | None, limit: int) -> list[Entry]:
    """The attachments of today; the tag's id tells apart what one call attached at one moment."""
    rows = ContactTag.objects.filter(site_id=contact.site_id, contact=contact).select_related("tag")
    if bound is not None:
        rows = rows.filter(at__lte=bound.at)
    entries = [
        Entry(
            at=row.at, id=row.tag_id, icon="tag", title=_("Tag: %(tag)s") % {"tag": row.tag.name}, actor=maker_of(row)
        )
        for row in rows
    ]
    if bound is not None:
        entries = [entry for entry in entries if (entry.at, entry.id) < (bound.at, bound.id)]
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


# Makers without a name of their own.
_MAKERS = {
    "operator": gettext_lazy("operator"),
    "plugin": gettext_lazy("plugin"),
    "api": gettext_lazy("API"),
    "import": gettext_lazy("import"),
    "rule": gettext_lazy("rule"),
    "system": gettext_lazy("the desk itself"),
}


def maker_of(attachment: ContactTag) -> str:
    """Who or what made the attachment, in words."""
    label = attachment.source_label
    if label and label != attachment.source:
        return label
    return str(_MAKERS.get(attachment.source, attachment.source))


timeline_sources.register("tags", TimelineSource("tags", gettext_lazy("Tags"), "tag", _attachments))
