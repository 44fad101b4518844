"""RET-4: the tags of people who are deleted go with them; the tags themselves stay."""

from django.utils.translation import gettext_lazy as _

from contacts.erasing import erase_rows, erasure_participants

erasure_participants.register("tags", erase_rows("tags.ContactTag.contact", label=_("customer tags")))
erasure_participants.register(
    "detachedTags", erase_rows("tags.DetachedTag.contact", label=_("detached customer tags"), listed=False)
)
