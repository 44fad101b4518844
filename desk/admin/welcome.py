"""The page a welcome link leads to, outside the frame: a newcomer chooses a password (``desk.teams``)."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from desk import teams
from desk.actors import Actor
from desk.admin import client_address
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import Operator


class WelcomeForm(forms.Form):
    """A newcomer's first form."""

    name = forms.CharField(label=_("Name"), max_length=80)
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._operator = operator

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self._operator)
        return password


@never_cache
@sensitive_post_parameters()
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Where a welcome link leads: choose a password, or sign in with the one there is."""
    operator = teams.welcomed(token)
    if operator is None:
        return TemplateResponse(request, "desk/welcome.html", {"title": gettext("Welcome"), "form": None})
    form = WelcomeForm(operator, request.POST or None, initial={"name": operator.name})
    if request.method == "POST" and form.is_valid():
        actor = Actor.of_operator(operator, client_address(request))
        teams.set_first_password(operator, form.cleaned_data["password"], name=form.cleaned_data["name"], actor=actor)
        toast(request, gettext("Your password is set. Sign in with it."))
        return HttpResponseRedirect(reverse("admin:login"))
    context = {"title": gettext("Welcome"), "form": form, "operator": operator}
    return TemplateResponse(request, "desk/welcome.html", context)


desk_site.add_page("welcome/<str:token>/", welcome, "welcome", public=True)
