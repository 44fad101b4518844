"""FIL-9: long filters. Ten thousand pasted ids fit into no address; the address names them by a short key instead.

The key is a hash of the site's canonical document: the same filter has the same address, and what an address stands
for never changes under whoever was sent the link. A filter that nobody opens for ``KEPT_FOR`` is forgotten, and its
address then says so; it never becomes another filter or none (FIL-11).
"""

import datetime
import hashlib
import json
import re
from typing import Any

from django.utils.translation import gettext as _

from contacts.filters.document import Filter
from contacts.filters.errors import FilterError, Problem
from contacts.models import KeptFilter
from desk.models import Site

KEPT_FOR = datetime.timedelta(days=90)
# Written at most once a day: opening a list is reading.
_NOTED_AFTER = datetime.timedelta(days=1)
# Characters of a document that an address carries itself. Percent-encoding makes up to nine of one, and proxies
# begin to refuse addresses at 8 kB.
MAX_IN_ADDRESS = 800
_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)


def fits_address(filter: Filter) -> bool:
    """Whether the document is short enough to be written into an address as it is."""
    return len(_written(filter.data)) <= MAX_IN_ADDRESS


def keep_filter(filter: Filter, *, now: datetime.datetime) -> str:
    """The key under which ``filter`` can be had again; the same filter always has the same."""
    key = hashlib.sha256(_written(filter.data).encode()).hexdigest()[:32]
    KeptFilter.objects.bulk_create(
        [KeptFilter(site=filter.site, key=key, document=filter.data, used_at=now)],
        update_conflicts=True,
        unique_fields=["site", "key"],
        # The document is the same, unless somebody it names was erased since (RET-4).
        update_fields=["used_at", "document"],
    )
    return key


def kept_document(site: Site, key: str, *, now: datetime.datetime) -> dict[str, Any]:
    """The document kept under ``key``; ``FilterError`` when there is none (any longer)."""
    kept = KeptFilter.objects.filter(site=site, key=key).first() if _KEY.fullmatch(key) else None
    if kept is None:
        message = _("The filter of this address is no longer kept. Make it again, or ask whoever sent the link.")
        raise FilterError(Problem("f", "not_kept", message))
    if now - kept.used_at > _NOTED_AFTER:
        KeptFilter.objects.filter(pk=kept.pk).update(used_at=now)
    document: dict[str, Any] = kept.document
    return document


def forget_unused_filters(*, now: datetime.datetime) -> int:
    """Delete what nobody opened for ``KEPT_FOR``; how many."""
    deleted, _by_model = KeptFilter.objects.filter(used_at__lt=now - KEPT_FOR).delete()
    return deleted


def _written(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
