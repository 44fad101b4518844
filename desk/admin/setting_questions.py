"""RET-7: the page between a form of settings and saving it: what the change would do, and whether it is meant."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from desk.admin import access_of
from desk.admin.site import desk_site
from desk.models import Site
from desk.setting_effects import Effect, effects_of

# What the fields of the page are called: "seen-<name of the effect>", and the button that goes back to the form.
SEEN = "seen-"
GO_BACK = "change-again"


def ask_first(request: HttpRequest, form: BaseForm) -> HttpResponse | None:
    """The question, when a valid ``form`` of the site's settings needs one that is not answered yet."""
    # As it is stored: a form may have written its values into a row of its own.
    site = Site.objects.get(pk=access_of(request).site.pk)
    effects = effects_of(site, form.cleaned_data, now=timezone.now())
    if all(effect.is_covered_by(request.POST.get(SEEN + effect.name, "")) for effect in effects):
        return None
    return TemplateResponse(request, "desk/settings_question.html", _context(request, form, effects))


def _context(request: HttpRequest, form: BaseForm, effects: list[Effect]) -> dict[str, Any]:
    again = any(SEEN + effect.name in request.POST for effect in effects)
    return {
        **desk_site.each_context(request),
        "title": _("Before it is saved"),
        "form": form,
        "effects": [(SEEN + effect.name, effect) for effect in effects],
        "confirm": effects[0].confirm,
        "go_back": GO_BACK,
        "again": again,
    }
