"""BOOT-1: what a page may tell at boot, and whether it is well-formed. Needs no database."""

import datetime
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contacts.browsers import parse_user_agent
from contacts.known_values import Origin
from contacts.languages import is_language
from contacts.member_ids import is_member_id
from contacts.models import Channel, Source
from contacts.profile_values import DetailRefused, check_profile, check_text

MAX_VEIL_ID = 128
MAX_UTM = 255
UTM_KEYS = ("source", "medium", "campaign", "term", "content")
# Of a page's address and its referrer so much is kept.
KEPT_ADDRESS = 1_000
_PLATFORMS = {Channel.WEB.value, Channel.APP.value}


@dataclass(frozen=True, slots=True)
class BootRequest:
    """What a page or app tells when it starts the plugin (api.md); ``origin`` and ``user_agent`` are headers."""

    plugin_key: str
    veil_id: str | None = None
    session: str | None = None
    member_id: str | None = None
    member_hash: str | None = None
    profile: Mapping[str, object] = field(default_factory=dict)
    profile_once: Mapping[str, object] = field(default_factory=dict)
    language: str | None = None
    unsubscribe_email: bool = False
    unsubscribe_texting: bool = False
    page: str | None = None
    referrer: str | None = None
    utm: Mapping[str, str] = field(default_factory=dict)
    platform: str = Channel.WEB.value
    app_name: str | None = None
    app_version: str | None = None
    user_agent: str = ""
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A well-formed boot.

    ``details``: (changes, once) pairs for ``contacts.details``; ``device``: columns of the contact.
    """

    request: BootRequest
    now: datetime.datetime
    origin: Origin
    details: list[tuple[Mapping[str, object], bool]]
    device: Mapping[str, Any]
    page: str
    referrer: str
    utm: dict[str, str]


def check_boot(request: BootRequest, now: datetime.datetime) -> Arrival:
    """The arrival of a well-formed request; ``DetailRefused`` names the field that is not."""
    if request.veil_id is not None and not _is_veil_id(request.veil_id):
        raise DetailRefused("veilId")
    if request.member_id is not None and not is_member_id(request.member_id):
        raise DetailRefused("memberId")
    if request.language is not None and not is_language(request.language):
        raise DetailRefused("language")
    if request.platform not in _PLATFORMS:
        raise DetailRefused("platform")
    changes = check_profile(request.profile, "profile")
    # BOOT-13: a boot can switch an opt-out on, never off.
    if request.unsubscribe_email:
        changes["unsubscribeEmail"] = True
    if request.unsubscribe_texting:
        changes["unsubscribeTexting"] = True
    once = check_profile(request.profile_once, "profileOnce")
    return Arrival(
        request=request,
        now=now,
        origin=Origin(Source.SCRIPT, "", now),
        details=[(group, is_once) for group, is_once in ((changes, False), (once, True)) if group],
        device=_device(request),
        page=_address(request.page, "page"),
        referrer=_address(request.referrer, "referrer"),
        utm=_utm(request.utm),
    )


def _is_veil_id(text: str) -> bool:
    return 1 <= len(text) <= MAX_VEIL_ID and text.isascii() and text.isprintable() and " " not in text


def _address(text: str | None, path: str) -> str:
    text = (text or "").strip()
    return check_text(text, path, len(text))[:KEPT_ADDRESS]


def _utm(utm: Mapping[str, str]) -> dict[str, str]:
    for key, value in utm.items():
        if key not in UTM_KEYS:
            raise DetailRefused(f"utm.{key}")
        check_text(value, f"utm.{key}", MAX_UTM)
    return {key: value for key, value in utm.items() if value}


def _device(request: BootRequest) -> dict[str, object]:
    if request.platform == Channel.APP:
        return {
            "mobile_app_name": _label(request.app_name, "appName", 80),
            "mobile_app_version": _label(request.app_version, "appVersion", 40),
        }
    browser = parse_user_agent(request.user_agent)
    return {"web_browser": browser.browser, "web_os": browser.os, "web_device": browser.device}


def _label(text: str | None, path: str, limit: int) -> str:
    text = (text or "").strip()
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise DetailRefused(path)
    return check_text(text, path, limit)
