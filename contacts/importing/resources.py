"""IMP-10: the fields of a contact as django-import-export knows them, for its forms and its pages.

The library's own runner is not ours: it writes row by row, inside the request. What imports is a job
(``contacts.importing.starting``), so a resource that is asked to write says so instead of doing it another way.
"""

from typing import Any, NoReturn

from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import Resource

from contacts.importing.names import FIELDS

# Public name → attribute, where a contact's own row has it; the rest is gathered by the export itself.
_ATTRIBUTES = {
    "name": "name",
    "mobileNumber": "mobile_number",
    "landlineNumber": "landline_number",
    "email": "email",
    "memberId": "member_id",
    "customerNumber": "customer_number",
    "birthDate": "birth_date",
    "address": "profile__address",
    "memo": "profile__memo",
    "language": "language",
    "country": "country",
    "city": "city",
    "unsubscribeEmail": "unsubscribe_email",
    "unsubscribeTexting": "unsubscribe_texting",
}


class RunsAsJob(NotImplementedError):
    """Contacts are imported by ``contacts.importing.starting``, exported by the action “export”."""


class ContactResource(Resource):
    """What a file of contacts may hold: the columns by their public names."""

    class Meta:
        name = _("Contacts")

    def import_data(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never: see above."""
        raise RunsAsJob(self.import_data.__doc__)

    def export(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never: masks, reasons and the audit log belong to an export (SITE-4)."""
        raise RunsAsJob(self.export.__doc__)


for _name in FIELDS:
    ContactResource.fields[_name] = Field(column_name=_name, attribute=_ATTRIBUTES.get(_name))
