"""The operator's second factor: set it up with a picture, see the recovery codes once, make new ones, switch it off.

Whoever owes the set-up (``desk.middleware``) gets the first page outside the frame, and goes on where they wanted to.
"""

from typing import Any

import django_otp
import segno
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from desk import second_factor, second_factor_duty
from desk.admin import actor_of, operator_of
from desk.admin.second_factor_words import in_words
from desk.admin.sign_in_code import safe_address
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.second_factor import CodeRefused


class CodeInput(forms.TextInput):
    """A code is typed anew after it was refused: it is another one by then."""

    def format_value(self, value: Any) -> None:
        return None


class CodeForm(forms.Form):
    """A code of the app; where there is a choice, a recovery code too."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=CodeInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "class": "code-input"}),
    )


class AppCodeForm(CodeForm):
    """A code of the app that is being set up: digits only, so phones show those keys."""

    code = forms.CharField(
        label=_("Code of the app"),
        max_length=40,
        widget=CodeInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input"}),
    )


@never_cache
@sensitive_post_parameters()
def set_up(request: HttpRequest) -> HttpResponse:
    """Three steps on one address: what it is, the picture with the first code, the recovery codes."""
    operator = operator_of(request)
    if second_factor.is_on(operator):
        return HttpResponseRedirect(reverse("admin:profile"))
    if request.method == "POST" and "begin" in request.POST:
        second_factor.begin(operator)
        return HttpResponseRedirect(request.get_full_path())
    form = AppCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            device, codes = second_factor.confirm(operator, form.cleaned_data["code"], actor=actor_of(request))
        except CodeRefused as refused:
            form.add_error("code", in_words(refused))
        else:
            django_otp.login(request, device)
            request.session.cycle_key()
            return _codes_page(request, codes, title=gettext("The second factor is set up"))
    begun = second_factor.begun(operator)
    context = {
        "title": gettext("Set up the second factor"),
        "form": form,
        "required": second_factor_duty.is_required(operator),
        "key": _grouped(begun.key) if begun else "",
        "qr": segno.make(begun.address, error="m").svg_data_uri(dark="#000", light="#fff", border=3) if begun else "",
    }
    return _page(request, "desk/second_factor.html", context)


@never_cache
@sensitive_post_parameters()
def new_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes for a code."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor.new_recovery_codes(
                operator_of(request), form.cleaned_data["code"], actor=actor_of(request)
            )
        except CodeRefused as refused:
            form.add_error("code", in_words(refused))
        else:
            return _codes_page(request, codes, title=gettext("New recovery codes"))
    text = gettext("The codes of before end. To go on, enter a code of the app or one of them.")
    return _ask(request, form, title=gettext("New recovery codes"), text=text, submit=gettext("Make new codes"))


@never_cache
@sensitive_post_parameters()
def switch_off(request: HttpRequest) -> HttpResponse:
    """Off again for a code; whoever must have one sets up another at once."""
    operator = operator_of(request)
    form = CodeForm(request.POST or None)
    required = second_factor_duty.is_required(operator)
    if request.method == "POST" and form.is_valid():
        try:
            second_factor.switch_off(operator, form.cleaned_data["code"], actor=actor_of(request))
        except CodeRefused as refused:
            form.add_error("code", in_words(refused))
        else:
            if not required:
                toast(request, gettext("The second factor is off: the password alone opens the desk."), level="warning")
            return HttpResponseRedirect(reverse("admin:second_factor" if required else "admin:profile"))
    if required:
        title, submit = gettext("Change the app or phone"), gettext("Go on")
        text = gettext("Enter a code of the app in use, or a recovery code. Then you set up the new one.")
    else:
        title, submit = gettext("Switch off the second factor"), gettext("Switch off")
        text = gettext(
            "Afterwards the password alone opens the desk. To go on, enter a code of the app or a recovery code."
        )
    return _ask(request, form, title=title, text=text, submit=submit)


def _ask(request: HttpRequest, form: forms.Form, *, title: str, text: str, submit: str) -> HttpResponse:
    if not second_factor.is_on(operator_of(request)):
        return HttpResponseRedirect(reverse("admin:second_factor"))
    return _page(
        request, "desk/second_factor_code.html", {"title": title, "form": form, "text": text, "submit": submit}
    )


def _codes_page(request: HttpRequest, codes: list[str], *, title: str) -> HttpResponse:
    wanted = request.GET.get("next", "")
    leads_to = safe_address(request, wanted) if wanted or _is_kept_out(request) else reverse("admin:profile")
    return _page(request, "desk/recovery_codes.html", {"title": title, "codes": codes, "leads_to": leads_to})


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Outside the frame for whoever may not see it yet."""
    plain = _is_kept_out(request)
    frame = "desk/plain.html" if plain else "admin/base_site.html"
    more = {"frame": frame, "plain": plain, "operator": operator_of(request)}
    return TemplateResponse(request, template, {**desk_site.each_context(request), **more, **context})


def _is_kept_out(request: HttpRequest) -> bool:
    return getattr(request, "owed", None) is not None


def _grouped(key: str) -> str:
    """As people copy it: in fours."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


desk_site.add_page("profile/second-factor/", set_up, "second_factor", needs_site=False)
desk_site.add_page("profile/second-factor/codes/", new_codes, "second_factor_codes", needs_site=False)
desk_site.add_page("profile/second-factor/off/", switch_off, "second_factor_off", needs_site=False)
