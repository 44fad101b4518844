"""SITE-4: who saw personal data that was not masked.

A page that shows it says so here, after it knows what it shows: people one by one (``contact.view``), or a list with
what it was a list of (``contact.list``). The details never hold a value of a person, for nobody would find it there
when the person is erased: names of fields, a segment, a number of rows.

So that the log can be read, the same eyes on the same thing are written down once in ten minutes, and a program's
reading once in each hour and way. What was written lately is remembered in the cache: where that is lost or out of
reach, an entry is written. A page costs one statement at most; when that fails, the page does.
"""

import datetime
import hashlib
from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.utils import timezone

from desk.access import Access
from desk.actors import Actor
from desk.audit import record, record_many
from desk.models import ApiKey, Site
from desk.once import forget, is_new

AGAIN_AFTER = 600  # seconds
_HOUR = 3600


def saw(access: Access, *things: Model, actor: Actor) -> None:
    """These were shown with personal data, to somebody who may see it; to whom it is masked, nothing was disclosed."""
    if not access.sees_personal_data or not things:
        return
    keys = {_key(access, f"{one._meta.model_name}:{one.pk}"): one for one in things}
    new = [key for key in keys if is_new(key, seconds=AGAIN_AFTER)]
    if new:
        about = [(access.site, keys[key]) for key in new]
        action = f"{things[0]._meta.model_name}.view"
        _write(new, lambda: record_many(action, actor=actor, about=about))


def saw_list(
    access: Access,
    action: str,
    scope: str,
    *,
    actor: Actor,
    rows: int,
    details: Callable[[], dict[str, Any]] = dict,
    target: Model | None = None,
) -> None:
    """A list of ``rows`` people, or of what tells of people, was shown. Lists of one ``scope`` are one list, whatever
    page of it; ``details`` is asked only when an entry is written.
    """
    if not access.sees_personal_data or not rows:
        return
    key = _key(access, f"{action}:{scope}")
    if is_new(key, seconds=AGAIN_AFTER):
        told = {"rows": rows, **details()}
        _write([key], lambda: record(action, actor=actor, site=access.site, target=target, details=told))


def program_read(key: ApiKey, site: Site, way: str, *, actor: Actor, now: datetime.datetime | None = None) -> None:
    """A program was answered with personal data; ``way`` is what it asked for, such as ``contacts``."""
    now = now or timezone.now()
    hour = int(now.timestamp()) // _HOUR
    name = f"disclosed:api:{key.pk}:{way}:{hour}"
    if is_new(name, seconds=_HOUR):
        _write([name], lambda: record("apiKey.read", actor=actor, site=site, target=key, details={"what": way}))


def _key(access: Access, thing: str) -> str:
    # A digest, for a search may stand in it, of any length and with any characters.
    digest = hashlib.blake2b(thing.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"disclosed:{access.operator.pk}:{access.site.pk}:{digest}"


def _write(keys: list[str], write: Callable[[], object]) -> None:
    """An entry that was not written must not count as written."""
    try:
        write()
    except Exception:
        forget(keys)
        raise
