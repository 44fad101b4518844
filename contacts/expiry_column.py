"""RET-5, LIST-2: the column ``expiresOn`` of the list and of exports: the day on which people are deleted."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.columns import Column, Shape
from contacts.expiring import expires_on_of
from contacts.listing import list_columns
from contacts.models import Contact
from desk.models import Site


def _values(site: Site, contacts: Sequence[Contact]) -> list[object]:
    return list(expires_on_of(site, contacts, now=timezone.now()))


EXPIRES_ON = Column(
    name="expiresOn", label=_("deletion date"), values=_values, shape=Shape.DAY, needs=("last_touch_at",)
)
list_columns.register(EXPIRES_ON.name, EXPIRES_ON)
