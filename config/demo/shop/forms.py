"""The demo shop's forms."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.demo.shop.accounts import LOGIN_ID, Account
from contacts.models import Contact


class SignUpForm(forms.Form):
    """A new customer. The ID is what the desk knows as memberId."""

    login_id = forms.RegexField(
        LOGIN_ID,
        label=_("ID"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        help_text=_("3 to 30 letters and digits. The desk knows it as the member ID."),
        error_messages={"invalid": _("3 to 30 letters, digits, dots and hyphens.")},
    )
    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    mobile_number = forms.CharField(
        label=_("Mobile number"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), min_length=4, max_length=100, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Only for this demo: 4 characters are enough."),
    )  # fmt: skip
    refuses_email = forms.BooleanField(label=_("No advertising by e-mail"), required=False)
    refuses_texting = forms.BooleanField(label=_("No advertising by text message"), required=False)

    def clean_login_id(self) -> str:
        """Refuse an ID of the sample members: signing up as one of them would join two people."""
        login_id: str = self.cleaned_data["login_id"]
        if Contact.objects.filter(site__code="SHOP", member_id=login_id).exists():
            raise forms.ValidationError(_("This ID is taken."), code="taken")
        return login_id

    def account(self) -> Account:
        """The account to keep; its password is set when it is kept."""
        fields = {name: value for name, value in self.cleaned_data.items() if name != "password"}
        return Account(password="", **fields)


class LogInForm(forms.Form):
    """A returning customer."""

    login_id = forms.CharField(
        label=_("ID"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"), max_length=100, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class ConsentForm(forms.Form):
    """What the customer wants to hear from the shop."""

    refuses_email = forms.BooleanField(label=_("No advertising by e-mail"), required=False)
    refuses_texting = forms.BooleanField(label=_("No advertising by text message"), required=False)
