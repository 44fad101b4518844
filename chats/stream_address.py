"""Where browsers find the process that holds the streams, and the tickets by which it lets them in.

The web server knows who asks and sends them on with a ticket: signed, good for a minute and only for opening. It names
whose stream it is; whether that one may (still) look on is asked of the database then and every few seconds after.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

from desk.encryption import decrypt, encrypt

TICKET_SECONDS = 60
PREFIX = "/streams"
_SIGNER_SALT = "dangol.stream"


@dataclass(frozen=True, slots=True)
class VisitorTicket:
    """The stream of a visitor: of whoever the session belongs to."""

    site_id: int
    visit_id: int


@dataclass(frozen=True, slots=True)
class OperatorTicket:
    """The stream of an operator, while this browser is signed in and the operator works for the site."""

    site_id: int
    operator_id: int
    session_key: str


Ticket = VisitorTicket | OperatorTicket


class NoTicket(Exception):
    """Forged, of another installation, or older than a minute."""


def stream_url(ticket: Ticket, *, host: str, after: int | None) -> str | None:
    """Where to go on; ``host``: under which name the asker came. None: there is no process for streams."""
    base = _base(host)
    if base is None:
        return None
    query = {"ticket": make_ticket(ticket)} | ({} if after is None else {"after": str(after)})
    return f"{base}/{'visitor' if isinstance(ticket, VisitorTicket) else 'desk'}?{urlencode(query)}"


def _base(host: str) -> str | None:
    if settings.STREAM_URL:
        return str(settings.STREAM_URL).rstrip("/")
    if not settings.STREAM_PORT:
        return None
    if settings.PUBLIC_URL.startswith("https:"):
        # A proxy is in front, and what it serves on other ports nobody knows: docs/operations.md tells it of this path.
        return f"{settings.PUBLIC_URL}{PREFIX}"
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    return f"http://{name}:{settings.STREAM_PORT}{PREFIX}"


def make_ticket(ticket: Ticket) -> str:
    """The ticket as it stands in the address. The key of the operator's session is not readable in it."""
    signer = TimestampSigner(salt=_SIGNER_SALT)
    if isinstance(ticket, VisitorTicket):
        return signer.sign_object({"site": ticket.site_id, "visit": ticket.visit_id})
    return signer.sign_object(
        {"site": ticket.site_id, "operator": ticket.operator_id, "session": encrypt(ticket.session_key)}
    )


def read_ticket(text: str) -> Ticket:
    """The ticket again; ``NoTicket`` when it is none."""
    try:
        held: dict[str, Any] = TimestampSigner(salt=_SIGNER_SALT).unsign_object(text, max_age=TICKET_SECONDS)
    except (BadSignature, ValueError):
        raise NoTicket from None
    if "visit" in held:
        return VisitorTicket(held["site"], held["visit"])
    return OperatorTicket(held["site"], held["operator"], decrypt(held["session"]))
