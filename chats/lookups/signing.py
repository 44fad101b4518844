"""LOOK-4: the signature by which the company's own system knows that a question comes from this desk."""

import base64
import datetime
import hashlib
import hmac


def signature(secret: str, body: bytes, timestamp: str) -> str:
    """``Authorization``: base64 of the HMAC-SHA256 of body and time under the key."""
    return base64.b64encode(hmac.new(secret.encode(), body + timestamp.encode(), hashlib.sha256).digest()).decode()


def signed_headers(secret: str, body: bytes, now: datetime.datetime) -> dict[str, str]:
    """The two headers of a signed call; the time in milliseconds since 1970."""
    timestamp = str(int(now.timestamp() * 1000))
    return {"x-tc-timestamp": timestamp, "authorization": signature(secret, body, timestamp)}
