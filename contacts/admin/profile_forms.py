"""LIST-5: the details of a contact as forms, a group at a time. What may stand where is said by ``contacts.details``.

A form only turns what was typed into values of the right type and says which of them changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.admin.formats import moment, phone, source_words
from contacts.custom_controls import TextField, as_initial, custom_form_field
from contacts.masking import PERSONAL_FIELDS
from contacts.models import Contact, KnownField, KnownValue, ProfileField
from desk.access import Access

PROFILE = "profile."
_MOST_KNOWN = 200


_BASIC: dict[str, forms.Field] = {
    "name": forms.CharField(label=_("Name"), max_length=100, required=False),
    "mobileNumber": forms.CharField(
        label=_("Mobile number"), max_length=50, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    ),
    "landlineNumber": forms.CharField(
        label=_("Landline number"), max_length=50, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    ),
    "email": forms.CharField(
        label=_("E-mail"), max_length=254, required=False, widget=forms.TextInput(attrs={"inputmode": "email"})
    ),
    "memberId": forms.CharField(label=_("Member ID"), max_length=255, required=False),
    "birthDate": forms.CharField(label=_("Birth date"), required=False, widget=forms.TextInput(attrs={"type": "date"})),
    "address": forms.CharField(label=_("Address"), max_length=255, required=False),
}
_MEMO: dict[str, forms.Field] = {
    "memo": forms.CharField(
        label=_("Memo"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 4, "maxlength": 500})
    )
}
_MARKETING: dict[str, forms.Field] = {
    "language": forms.CharField(label=_("Language"), max_length=10, required=False),
    "country": forms.CharField(label=_("Country"), max_length=2, required=False),
    "city": forms.CharField(label=_("City"), max_length=100, required=False),
    "unsubscribeEmail": forms.BooleanField(label=_("No e-mail marketing"), required=False),
    "unsubscribeTexting": forms.BooleanField(label=_("No text marketing"), required=False),
}
GROUPS: Mapping[str, dict[str, forms.Field]] = {"basic": _BASIC, "marketing": _MARKETING, "memo": _MEMO, "custom": {}}
_COLUMNS = {
    "name": "name",
    "mobileNumber": "mobile_number",
    "landlineNumber": "landline_number",
    "email": "email",
    "memberId": "member_id",
    "birthDate": "birth_date",
    "language": "language",
    "country": "country",
    "city": "city",
    "unsubscribeEmail": "unsubscribe_email",
    "unsubscribeTexting": "unsubscribe_texting",
}


def stored_value(contact: Contact, name: str) -> Any:
    """What stands under this public name, as it is kept."""
    if name.startswith(PROFILE):
        return contact.profile.values.get(name.removeprefix(PROFILE))
    if name in ("address", "memo"):
        return getattr(contact.profile, name)
    return getattr(contact, _COLUMNS[name])


class DetailsForm(forms.Form):
    """The fields of one group, filled with what is stored. Masked details are not offered (SITE-4)."""

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        contact: Contact,
        group: str,
        access: Access,
        profile_fields: Iterable[ProfileField] = (),
    ) -> None:
        super().__init__(data, auto_id=f"id_{group}_%s", label_suffix="")
        for name, form_field in GROUPS[group].items():
            if access.sees_personal_data or name not in PERSONAL_FIELDS:
                self.fields[name] = _copy(form_field)
        for profile_field in profile_fields if group == "custom" else ():
            name = f"{PROFILE}{profile_field.key}"
            self.fields[name] = custom_form_field(profile_field, stored_value(contact, name))
        for name in self.fields:
            value = stored_value(contact, name)
            if name == "birthDate":
                value = value.isoformat() if value else ""
            self.initial[name] = as_initial(value, access.site) if name.startswith(PROFILE) else value

    def changes(self) -> dict[str, object]:
        """What to write, by public name, after ``is_valid()``; what was not sent was not touched."""
        sent = [name for name, field in self.fields.items() if not self._is_omitted(name, field)]
        return {name: self.cleaned_data[name] for name in self.changed_data if name in sent}

    def _is_omitted(self, name: str, field: forms.Field) -> bool:
        return bool(field.widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name)))


def _copy(form_field: forms.Field) -> forms.Field:
    copied: forms.Field = form_field.__deepcopy__({})
    return copied


@dataclass(frozen=True, slots=True)
class Known:
    """One value the form offers: what to write, how it reads, and where and when it was seen (QUAL-6)."""

    value: str
    shown: str
    note: str
    current: bool


def known_values_of(contact: Contact, access: Access, names: Iterable[str]) -> dict[str, list[Known]]:
    """QUAL-3: every value ever seen of those fields that keep any, newest first; at most one statement.

    ``names`` are the fields of a form, so what is masked for the operator is not among them.
    """
    wanted, known = [name for name in names if name in KnownField.values], dict[str, list[Known]]()
    rows = KnownValue.objects.filter(contact=contact, field__in=wanted).order_by("-last_seen_at", "-pk")
    for row in rows[:_MOST_KNOWN] if wanted else ():
        known.setdefault(row.field, []).append(_known(row, contact, access))
    # The value that stands there already is no offer by itself.
    return {name: offered for name, offered in known.items() if not all(one.current for one in offered)}


def _known(row: KnownValue, contact: Contact, access: Access) -> Known:
    trust = _("qualified") if row.qualified else _("not qualified")
    parts = [source_words(row.source, row.source_label), moment(row.last_seen_at, access.site.zone)]
    if row.field in (KnownField.EMAIL, KnownField.MOBILE_NUMBER):
        parts.insert(0, str(trust))
    shown = phone(row.value, access.site.phone_country) if row.field == KnownField.MOBILE_NUMBER else row.value
    return Known(row.value, shown, " · ".join(parts), row.value == stored_value(contact, row.field))


class AddForm(forms.Form):
    """LIST-4: at least a phone, an e-mail or a memberId."""

    name = TextField(label=_("Name"), max_length=100, required=False)
    mobileNumber = TextField(
        label=_("Mobile number"), max_length=50, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = TextField(
        label=_("E-mail"), max_length=254, required=False, widget=forms.TextInput(attrs={"inputmode": "email"})
    )
    memberId = TextField(label=_("Member ID"), max_length=255, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, profile_fields: Iterable[ProfileField]) -> None:
        super().__init__(data, label_suffix="")
        for profile_field in profile_fields:
            self.fields[f"{PROFILE}{profile_field.key}"] = custom_form_field(profile_field)

    @property
    def own_fields(self) -> list[forms.BoundField]:
        return [bound for bound in self if not bound.name.startswith(PROFILE)]

    @property
    def custom_fields(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.name.startswith(PROFILE)]

    def details(self) -> dict[str, object]:
        """What was filled in, by public name."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}
