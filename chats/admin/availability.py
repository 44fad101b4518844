"""CHAT-10: operators set themselves away, from any page: a switch in their menu, its state on the menu's button, and an
entry of the palette that presses it.
"""

import json

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from chats.availability import set_away, state_of
from chats.chat_settings import settings_of
from chats.models import Availability, WhenAway
from desk.access import Access
from desk.admin import access_of, actor_of, operator_of
from desk.admin.audit_words import audit_words
from desk.admin.operator_menu import Mark, MenuPart, operator_menu
from desk.admin.site import desk_site
from desk.admin.toasts import toast_now
from desk.models import Site
from desk.palette import Hit, palette_sources

_NAME = "chats"


@require_POST
def change_availability(request: HttpRequest) -> HttpResponseBase:
    """``away=1``: take no new chats; without it: take them again. Answers with the mark, and with what follows."""
    access = access_of(request)
    if not access.may("chats.work"):
        raise PermissionDenied
    away = request.POST.get("away") == "1"
    set_away(access.site, operator_of(request), away, actor=actor_of(request), now=timezone.now())
    response = HttpResponse(status=204)
    response.headers["HX-Trigger"] = json.dumps({"marks": {_NAME: _mark(access).as_json()}})
    toast_now(response, _away_words(access.site) if away else _("New chats come to you again."))
    return response


def _away_words(site: Site) -> str:
    if settings_of(site).when_away == WhenAway.HAND_OVER:
        return _("You are away: no new chats come to you, and your open ones go to colleagues.")
    return _("You are away: no new chats come to you. You keep those you have.")


def _menu(request: HttpRequest) -> MenuPart | None:
    access = access_of(request)
    return MenuPart(_NAME, "chats/availability.html", lambda: _mark(access)) if access.may("chats.work") else None


def _mark(access: Access) -> Mark:
    """One statement."""
    return Mark(_("available"), "on") if _takes_chats(access) else Mark(_("away"), "off")


def _takes_chats(access: Access) -> bool:
    """Who signed out elsewhere and is still here has to say so themselves, as who is away."""
    return state_of(access.site, access.operator) == Availability.State.AVAILABLE


def _deeds(access: Access, query: str) -> list[Hit]:
    """The other state than the one they are in, for words that are in its line."""
    if not access.may("chats.work"):
        return []
    profile = reverse("admin:profile")
    away = Hit(_("Set yourself away"), _("No new chats come to you"), profile, "clock", presses="set-away")
    back = Hit(_("Take chats again"), _("You are away now"), profile, "success", presses="set-available")
    folded = query.casefold()
    if not any(folded in f"{hit.label} {hit.detail}".casefold() for hit in (away, back)):
        return []
    return [away if _takes_chats(access) else back]


for _action, _words in {"operator.away": _lazy("Away from chats"), "operator.back": _lazy("Back at chats")}.items():
    audit_words.register(_action, _words)
operator_menu.register("availability", _menu)
palette_sources.register("availability", _deeds)
desk_site.add_page("availability/", change_availability, "availability")
