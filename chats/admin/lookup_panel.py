"""LOOK-5, LIST-5: the tab “Lookup” beside a conversation, and the same by hand on a person's own page.

What runs by itself is one answer of lines (NDJSON): first the tab with a waiting box for each lookup, then each box as
it comes. It is asked for after the panel is there, so the conversation never waits. One thread of the web server is
held for all boxes of a chat, and never more than half of the threads for all lookups together: who finds no place is
told so, and asks again. An operator who goes on to another chat hangs up; the thread is free with the next box.
"""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET, require_POST

from chats.admin.lookup_boxes import any_in_use, chats_found, forms_of, found_chats, is_about, rendered, values_of
from chats.admin.panel import room_of
from chats.lookups.calling import automatic_apis, look_up, look_up_all
from chats.lookups.chat_fields import About
from chats.lookups.errors import LookupRefused
from chats.lookups.matching_chats import matching_chats, searched_by
from chats.lookups.settings import apis_of
from chats.models import Chat
from contacts.admin.contact_page import reached
from contacts.admin.header_boxes import HeaderBox, contact_cards
from contacts.models import Contact
from desk.access import Access
from desk.admin import access_of, actor_of, operator_of
from desk.admin.site import desk_site
from desk.disclosing import saw

AGAIN_AFTER = 0.3  # seconds
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


class Lines:
    """What a stream sends. ``close`` is called by the server when all is sent or nobody listens any more."""

    def __init__(self, lines: Iterator[dict[str, Any]], at_end: Callable[[], None]) -> None:
        self._lines = lines
        self._at_end: Callable[[], None] | None = at_end

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> bytes:
        try:
            return json.dumps(next(self._lines), ensure_ascii=False).encode() + b"\n"
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop waiting for boxes; at most once."""
        at_end, self._at_end = self._at_end, None
        if at_end is not None:
            self._lines.close()  # type: ignore[attr-defined]
            at_end()


@require_POST
def run_all(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """The tab and the boxes of what runs by itself; with ``boxes`` the boxes alone."""
    access, chat = _worked_room(request, chat_id)
    # An old chat is opened to be read: nobody waits for an answer in it.
    waiting = [api for api, _values in automatic_apis(chat)] if chat.is_open else []
    if waiting and chat.contact.managed:
        saw(access, chat.contact, actor=actor_of(request))
    first = []
    if "boxes" not in request.POST:
        context = {
            "waiting": [(str(api.pk), api.name) for api in waiting],
            "forms": forms_of(access, chat),
            "may_set": access.may("settings.change"),
        }
        first = [{"frame": render_to_string("chats/lookup_frame.html", context, request=request)}]
    lines = Lines(*_lines(request, access, chat, first, runs=bool(waiting)))
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson; charset=utf-8")
    response["Cache-Control"] = "no-store"
    # A proxy in front is not to gather the boxes.
    response["X-Accel-Buffering"] = "no"
    return response


def _lines(
    request: HttpRequest, access: Access, chat: Chat, first: list[dict[str, Any]], *, runs: bool
) -> tuple[Iterator[dict[str, Any]], Callable[[], None]]:
    """What is sent, and what to do when that is over."""
    has_place = runs and _places.acquire(blocking=False)
    language, operator = translation.get_language(), operator_of(request)

    def lines() -> Iterator[dict[str, Any]]:
        yield from first
        if runs and not has_place:
            yield {"again": AGAIN_AFTER}
            return
        if runs:
            for box in look_up_all(chat, operator=operator, now=timezone.now()):
                with translation.override(language):
                    html = rendered(access, box)
                yield {"box": str(box.api.pk), "html": html, "ok": box.is_ok, "filled": bool(box.mapped)}
        yield {"end": True}

    return lines(), _places.release if has_place else lambda: None


@require_POST
def run_one(request: HttpRequest, chat_id: int, api_id: int) -> HttpResponse:
    """One lookup by hand, with the chats of the last 3 months that match what was looked up."""
    access, chat = _worked_room(request, chat_id)
    return _by_hand(request, access, chat, api_id)


@require_POST
def run_one_for_person(request: HttpRequest, contact_id: str, api_id: int) -> HttpResponse:
    """LIST-5: the same on the person's own page."""
    access, contact = _person(request, contact_id)
    return _by_hand(request, access, contact, api_id)


def _by_hand(request: HttpRequest, access: Access, about: About, api_id: int) -> HttpResponse:
    api = next((one for one in apis_of(access.site, active_only=True) if one.pk == api_id), None)
    if api is None:
        raise Http404
    if not _places.acquire(blocking=False):
        return HttpResponse(status=503, headers={"Retry-After": "1"})
    chat = about if isinstance(about, Chat) else None
    contact = about.contact if isinstance(about, Chat) else about
    values, now = values_of(access, about, api, request.POST.dict()), timezone.now()
    fills, operator = is_about(about, api, values), operator_of(request)
    try:
        box = look_up(api, values, chat=chat, contact=contact, operator=operator, now=now, fills=fills)
    except LookupRefused as refused:
        context = {"problem": refused.message}
        return TemplateResponse(request, "chats/lookup_refused.html", context, status=422)
    finally:
        _places.release()
    if contact.managed:
        saw(access, contact, actor=actor_of(request))
    searched = searched_by(api, values)
    chats = found_chats(access, matching_chats(access.site, searched, now=now, besides=chat))
    answer = {
        "box": rendered(access, box),
        "searched": bool(searched),
        "chats": chats,
        "chats_found": chats_found(len(chats)),
    }
    response = TemplateResponse(request, "chats/lookup_result.html", answer)
    if box.mapped:
        response["X-Lookup-Filled"] = "1"
    return response


@require_GET
def show_forms(request: HttpRequest, contact_id: str) -> HttpResponse:
    """What is in the card on the person's own page."""
    access, contact = _person(request, contact_id)
    context = {"forms": forms_of(access, contact)}
    return TemplateResponse(request, "chats/lookup_forms.html", context)


def _worked_room(request: HttpRequest, chat_id: int) -> tuple[Access, Chat]:
    """A lookup asks others and may fill in what is empty: that is work on the chat, not reading."""
    access, chat = room_of(request, chat_id)
    if not access.may("chats.work"):
        raise PermissionDenied
    return access, chat


def _person(request: HttpRequest, contact_id: str) -> tuple[Access, Contact]:
    contact, access = reached(request, contact_id), access_of(request)
    if not access.may("chats.work"):
        raise PermissionDenied
    if str(contact.pk) != contact_id:
        raise Http404
    return access, contact


def _card(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """Where the content of the card comes from; nothing where nothing can be looked up; one statement."""
    access = access_of(request)
    may = access.may("chats.work") and any_in_use(access.site)
    return {"url": reverse("admin:contact_lookups", args=[contact.pk]) if may else ""}


desk_site.add_page("inbox/<int:chat_id>/lookups/", run_all, "chat_lookups")
desk_site.add_page("inbox/<int:chat_id>/lookups/<int:api_id>/", run_one, "chat_lookup")
desk_site.add_page("contact-lookups/<str:contact_id>/", show_forms, "contact_lookups")
desk_site.add_page("contact-lookups/<str:contact_id>/<int:api_id>/", run_one_for_person, "contact_lookup")
contact_cards.register("lookups", HeaderBox("chats/lookup_card.html", _card))
