"""UNI-13: what a preview told, kept for a while: a confirmation that comes too late is answered with then → now.

Kept on the server and not in the page: it holds personal data that may be masked for whoever looks. When it is
forgotten the fingerprint still tells which lines changed, only not what they said before.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.cache import cache

from contacts.merge_values import MergePlan
from desk.models import Site

_SECONDS = 60 * 60 * 12


def keep_told(site: Site, plan: MergePlan) -> None:
    """Remember what this plan tells."""
    cache.set(_key(site, plan.fingerprint), plan.told(), _SECONDS)


def recall_told(site: Site, fingerprint: str) -> Mapping[str, Sequence[str]] | None:
    """What the plan with this fingerprint told; None when that is forgotten."""
    told: Any = cache.get(_key(site, fingerprint))
    return told if isinstance(told, Mapping) else None


def _key(site: Site, fingerprint: str) -> str:
    return f"merge-told:{site.pk}:{hashlib.sha256(fingerprint.encode('utf-8', 'replace')).hexdigest()}"
