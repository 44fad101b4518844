"""SITE-1: what an administrator may set for a site: names and times, messenger, origins, junk, keys and secrets.

Every change is one transaction with its line in the audit log. Secrets never get into the log. Making a site is
``desk.sites``; who works for it is ``desk.teams``.
"""

import ipaddress
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from desk import second_factor
from desk.actors import Actor
from desk.audit import record
from desk.models import Site
from desk.models.site import new_member_hash_secret, new_plugin_key

# The site id is part of identification numbers and never changes; keys and secrets have rules of their own below.
CHANGEABLE = (
    "name",
    "time_zone",
    "language",
    "phone_country",
    "retention_policy",
    "retention_days_lead",
    "retention_days_member",
    "requires_second_factor",
    "member_hash_mode",
    "asks_mobile_number",
    "asks_email",
    "asks_name",
    "contact_is_mandatory",
    "allowed_origins",
    "junk_values",
)
MAX_ORIGINS = 50
MAX_RETENTION_DAYS = 36_500
MAX_JUNK_VALUES = 500
MAX_JUNK_LENGTH = 255
_DEFAULT_PORTS = {"http": 80, "https": 443}


class UnknownSetting(LookupError):
    """A setting that does not exist or is not to be changed."""


def change_settings(site: Site, changes: dict[str, Any], *, actor: Actor) -> list[str]:
    """Set the given settings; return the names of those that really changed. ``ValidationError`` by field."""
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise UnknownSetting(", ".join(sorted(unknown)))
    with transaction.atomic():
        fresh = Site.objects.select_for_update().get(pk=site.pk)
        before = {name: getattr(fresh, name) for name in changes}
        for name, value in changes.items():
            setattr(fresh, name, value)
        fresh.full_clean(exclude=["code", "plugin_key"])
        _check_retention(fresh)
        if fresh.requires_second_factor and not before.get("requires_second_factor", True):
            _check_own_second_factor(actor)
        changed = sorted(name for name in changes if getattr(fresh, name) != before[name])
        if changed:
            fresh.save(update_fields=changed)
            details = {name: {"from": before[name], "to": getattr(fresh, name)} for name in changed}
            record("site.change", actor=actor, site=site, target=site, details=details)
    site.refresh_from_db()
    return changed


def _check_own_second_factor(actor: Actor) -> None:
    """SITE-4: whoever asks everybody for it has it, so that at least one administrator gets in and can help."""
    if actor.operator is None or not second_factor.is_on(actor.operator):
        told = _("Set up your own second factor first, under Your profile.")
        raise ValidationError({"requires_second_factor": told})


def _check_retention(site: Site) -> None:
    days = {"retention_days_lead": site.retention_days_lead, "retention_days_member": site.retention_days_member}
    refused = {}
    for name, value in days.items():
        try:
            check_retention_days(value)
        except ValidationError as error:
            refused[name] = error.messages
    if refused:
        raise ValidationError(refused)


def check_retention_days(days: int | None) -> None:
    """RET-3: ``ValidationError`` for own days that are none, or so many that never is meant; None is never."""
    if days is not None and days < 1:
        raise ValidationError(_("Enter at least 1 day, or leave it empty for never."))
    if days is not None and days > MAX_RETENTION_DAYS:
        raise ValidationError(_("At most %(max)s days; leave it empty for never.") % {"max": MAX_RETENTION_DAYS})


def parse_origins(text: str) -> list[str]:
    """Web origins, one a line, as browsers send them: scheme and host in lower case, no path, no usual port.

    ``ValidationError`` names the lines that are none. A line that is there twice counts once.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_ORIGINS:
        raise ValidationError(_("At most %(max)s origins.") % {"max": MAX_ORIGINS}, code="too_many")
    parsed: dict[str, None] = {}
    refused: list[str] = []
    for line in lines:
        origin = _origin(line)
        if origin is None:
            refused.append(line[:100])
        else:
            parsed[origin] = None
    if refused:
        message = _("Not a web origin: %(lines)s. Write it like https://shop.example, without a path.")
        raise ValidationError(message % {"lines": ", ".join(refused)}, code="invalid")
    return list(parsed)


def parse_junk_values(text: str) -> list[str]:
    """UNI-14: values that belong to nobody, one a line, each once however it is spelled.

    ``ValidationError`` for too many, or for one that is too long to be a value at all.
    """
    lines: dict[str, str] = {}
    for line in text.splitlines():
        if line.strip():
            lines.setdefault(unicodedata.normalize("NFKC", line.strip()).lower(), line.strip())
    if len(lines) > MAX_JUNK_VALUES:
        raise ValidationError(_("At most %(max)s values.") % {"max": MAX_JUNK_VALUES}, code="too_many")
    longest = max(lines.values(), key=len, default="")
    if len(longest) > MAX_JUNK_LENGTH:
        message = _("Longer than %(max)s characters: %(value)s…")
        raise ValidationError(message % {"max": MAX_JUNK_LENGTH, "value": longest[:40]}, code="too_long")
    return list(lines.values())


def _origin(line: str) -> str | None:
    try:
        parts = urlsplit(line)
        port = parts.port
        host = parts.hostname or ""
        ascii_host = host if ":" in host else host.encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        return None
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _DEFAULT_PORTS or not bare or not _is_host(ascii_host):
        return None
    shown_host = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    shown_port = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{shown_host}{shown_port}"


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return True
    labels = host.split(".")
    return bool(host) and all(
        label
        and len(label) <= 63
        and all(c.isascii() and (c.isalnum() or c == "-") for c in label)
        and not label.startswith("-")
        and not label.endswith("-")
        for label in labels
    )


def rotate_plugin_key(site: Site, *, actor: Actor) -> str:
    """Replace the public plugin key at once: pages that still carry the old one can no longer boot."""
    with transaction.atomic():
        site.plugin_key = new_plugin_key()
        site.save(update_fields=["plugin_key"])
        record("site.rotatePluginKey", actor=actor, site=site, target=site)
    return site.plugin_key


def show_secrets(site: Site, *, actor: Actor) -> list[str]:
    """The live member-hash secrets, newest first; looking at them is recorded."""
    with transaction.atomic():
        record("site.showSecret", actor=actor, site=site, target=site)
    return site.member_hash_secrets


def rotate_secret(site: Site, *, actor: Actor) -> str:
    """Make a new member-hash secret; the one before it stays live until ``drop_previous_secret`` (two at most)."""
    with transaction.atomic():
        fresh = Site.objects.select_for_update().get(pk=site.pk)
        fresh.member_hash_secret_previous = fresh.member_hash_secret
        fresh.member_hash_secret = new_member_hash_secret()
        fresh.save(update_fields=["member_hash_secret", "member_hash_secret_previous"])
        record("site.rotateSecret", actor=actor, site=site, target=site)
    site.refresh_from_db()
    return site.member_hash_secret


def drop_previous_secret(site: Site, *, actor: Actor) -> None:
    """End the previous member-hash secret: hashes made with it are refused from now on."""
    with transaction.atomic():
        site.member_hash_secret_previous = ""
        site.save(update_fields=["member_hash_secret_previous"])
        record("site.dropSecret", actor=actor, site=site, target=site)
