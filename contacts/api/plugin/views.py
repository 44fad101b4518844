"""The doors of the plugin API: boot, shutdown, me, events."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.plugin.base import PluginView, VisitorView
from contacts.api.plugin.shapes import (
    AcceptedShape,
    BootedShape,
    BootShape,
    ChangeShape,
    EventsShape,
    FormShape,
    UserShape,
    booted_data,
    user_data,
)
from contacts.boot_request import BootRequest
from contacts.booting import boot
from contacts.details import write_details
from contacts.events import NewEvent, record_events
from contacts.known_values import Origin
from contacts.models import Contact, Source
from contacts.profile_values import check_profile
from contacts.visitor_facts import facts_of
from contacts.visits import Visitor, end_session
from desk.actors import PLUGIN

# One instance each for all requests: see StrictSerializer.
_BOOT, _CHANGE, _FORM, _EVENTS = BootShape(), ChangeShape(), FormShape(), EventsShape()


class BootView(PluginView):
    """The moment a page starts the plugin."""

    @extend_schema(
        operation_id="boot",
        tags=["plugin"],
        summary="Start the plugin: who is this visitor?",
        auth=[],
        request=BootShape,
        responses={200: BootedShape},
    )
    def post(self, request: Request) -> Response:
        data = _BOOT.run_validation(self.body())
        return Response(booted_data(boot(_boot_request(data, request), now=timezone.now())))


def _boot_request(data: dict[str, Any], request: Request) -> BootRequest:
    return BootRequest(
        plugin_key=data["pluginKey"],
        veil_id=data.get("veilId"),
        session=data.get("session"),
        member_id=data.get("memberId"),
        member_hash=data.get("memberHash"),
        profile=data.get("profile") or {},
        profile_once=data.get("profileOnce") or {},
        language=data.get("language"),
        unsubscribe_email=bool(data.get("unsubscribeEmail")),
        unsubscribe_texting=bool(data.get("unsubscribeTexting")),
        page=data.get("page"),
        referrer=data.get("referrer"),
        utm=data.get("utm") or {},
        platform=data.get("platform", "web"),
        app_name=data.get("appName"),
        app_version=data.get("appVersion"),
        user_agent=request.headers.get("user-agent", ""),
        origin=request.headers.get("origin"),
    )


class ShutdownView(VisitorView):
    """The end of the session."""

    @extend_schema(
        operation_id="shutdown", tags=["plugin"], summary="End the session", request=None, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        end_session(self.visitor.visit)
        return Response(status=204)


class MeView(VisitorView):
    """The visitor behind the session."""

    @extend_schema(operation_id="me", tags=["plugin"], summary="The visitor", responses={200: UserShape})
    def get(self, request: Request) -> Response:
        return _answer(self.visitor.contact)

    @extend_schema(
        operation_id="change_me",
        tags=["plugin"],
        summary="Tell something about the visitor (site script: qualified)",
        request=ChangeShape,
        responses={200: UserShape},
    )
    def patch(self, request: Request) -> Response:
        data = _CHANGE.run_validation(self.body())
        changes = check_profile(data.get("profile") or {}, "profile")
        for key in ("language", "unsubscribeEmail", "unsubscribeTexting"):
            if data.get(key) is not None:
                changes[key] = data[key]
        once = check_profile(data.get("profileOnce") or {}, "profileOnce")
        return _answer(_write(self.visitor, [(changes, False), (once, True)], Source.SCRIPT))


class MyContactView(VisitorView):
    """The follow-up form."""

    @extend_schema(
        operation_id="leave_contact",
        tags=["plugin"],
        summary="What the visitor typed into the follow-up form (unqualified)",
        request=FormShape,
        responses={200: UserShape},
    )
    def post(self, request: Request) -> Response:
        data = _FORM.run_validation(self.body())
        typed = {key: value for key, value in data.items() if value is not None and value.strip()}
        return _answer(_write(self.visitor, [(typed, False)], Source.FORM))


class EventsView(VisitorView):
    """What the visitor does."""

    @extend_schema(
        operation_id="track",
        tags=["plugin"],
        summary="Record events",
        request=EventsShape,
        responses={202: AcceptedShape},
    )
    def post(self, request: Request) -> Response:
        data = _EVENTS.run_validation(self.body())
        events = [NewEvent(one["name"], one.get("property") or {}, one.get("at")) for one in data["events"]]
        return Response({"accepted": record_events(self.visitor, events, now=timezone.now())}, status=202)


def _write(visitor: Visitor, details: list[tuple[dict[str, object], bool]], source: Source) -> Contact:
    origin = Origin(source, "", timezone.now())
    return write_details(visitor.contact.pk, details, origin=origin, actor=PLUGIN, site=visitor.site)


def _answer(contact: Contact) -> Response:
    return Response(user_data(contact, facts_of(contact.pk)))
