"""LOOK-6: the fields of a person into which a value of an answer may be written: texts, the person's own and custom."""

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from contacts.models import FieldType, ProfileField
from desk.models import Site

PROFILE = "profile."
_OWN = {
    "name": _("Name"),
    "mobileNumber": _("Mobile number"),
    "landlineNumber": _("Landline number"),
    "email": _("E-mail"),
    "address": _("Address"),
    "city": _("City"),
    "memo": _("Memo"),
}


def targets_of(site: Site) -> dict[str, str]:
    """{public name: what it is called}: our own, then the site's custom text fields by key; one statement."""
    fields = ProfileField.objects.filter(site=site, type=FieldType.TEXT)
    custom = {f"{PROFILE}{field.key}": capfirst(str(field)) for field in fields}
    return {**{name: str(label) for name, label in _OWN.items()}, **custom}
