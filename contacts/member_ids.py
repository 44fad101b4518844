"""KIND-6 and BOOT-2: what a memberId looks like, and how a page proves it with a member hash."""

import hmac
import unicodedata

from desk.models import MemberHashMode, Site

MAX_MEMBER_ID = 255


def is_member_id(text: str) -> bool:
    """KIND-6: 1–255 characters, none of them whitespace, a control character or half of a surrogate pair."""
    return 1 <= len(text) <= MAX_MEMBER_ID and not any(
        char.isspace() or unicodedata.category(char) in {"Cc", "Cs"} for char in text
    )


def member_hash(secret: str, member_id: str) -> str:
    """BOOT-2: hex(HMAC-SHA256(key = hex-decoded ``secret``, message = UTF-8 ``member_id``))."""
    return hmac.digest(bytes.fromhex(secret), member_id.encode(), "sha256").hex()


def needs_hash(site: Site) -> bool:
    """Whether a boot on ``site`` must prove its memberId."""
    return site.member_hash_mode == MemberHashMode.REQUIRED


def hash_is_valid(site: Site, member_id: str, given: str) -> bool:
    """Whether ``given`` proves ``member_id`` with any live secret; every secret is compared, in constant time."""
    candidate = given.encode("utf-8", "replace")
    valid = False
    for secret in site.member_hash_secrets:
        valid |= hmac.compare_digest(member_hash(secret, member_id).encode(), candidate)
    return valid
