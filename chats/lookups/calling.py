"""LOOK-3, LOOK-5, LOOK-7: asking the company's own systems about a customer, by hand and by itself.

Everything that needs the database is done here in the caller's thread, before and after: what runs beside it only
talks to other servers. Words are in the language that is active while the boxes are fetched.
"""

import datetime
import logging
import queue
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from django.core.exceptions import ImproperlyConfigured
from django.db.models import TextField
from django.db.models.functions import Cast

from chats.lookups import cache, log, mapping
from chats.lookups.answers import Reply, read_answer
from chats.lookups.asking import body_of, values_by_itself, values_given
from chats.lookups.boxes import Box as Box
from chats.lookups.boxes import box_of
from chats.lookups.chat_fields import About
from chats.lookups.errors import LookupRefused
from chats.lookups.settings import apis_of
from chats.lookups.signing import signed_headers
from chats.models import Chat, LookupApi
from contacts.models import Contact
from desk import outbound
from desk.actors import Actor
from desk.encryption import decrypt
from desk.models import Operator
from desk.outbound import Call, Resolver
from desk.outbound_errors import OutboundFailed

# So many calls of this process are under way at once; others wait for their turn, but no longer than a call may take.
MOST_AT_ONCE = 32
_pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="lookup")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question. ``call`` None: it cannot be asked, for the reason in ``reply``."""

    api: LookupApi
    name: str
    names: list[str]
    call: Call | None
    reply: Reply | None = None


def look_up(
    api: LookupApi,
    values: Mapping[str, str],
    *,
    chat: Chat | None,
    operator: Operator | None,
    now: datetime.datetime,
    automatic: bool = False,
    contact: Contact | None = None,
    fills: bool = True,
    resolver: Resolver = outbound.look_up,
) -> Box:
    """Ask once, by hand, with ``values`` by variable; ``LookupRefused`` for values that cannot be sent.

    What is to be filled is filled in the chat's contact, or in ``contact`` where there is no chat; nowhere without
    ``fills``, when it was asked about somebody else. Never inside a transaction: the other side has ten seconds.
    """
    if not api.active:
        raise LookupRefused("off")
    about: About | None = chat or contact
    [asked] = _prepare([(api, values_given(api, values, about))], now)
    reply = cache.recall([asked.name]).get(asked.name) or _ask(asked, resolver)
    return _finish(asked, reply, about, operator=operator, automatic=automatic, now=now, fills=fills)


@dataclass(frozen=True, slots=True)
class Trial:
    """LOOK-1: how a try from the settings ended, and what would have been written into whom it was tried with."""

    box: Box
    planned: list[mapping.Planned]


def try_out(
    api: LookupApi,
    values: Mapping[str, str],
    *,
    operator: Operator | None,
    now: datetime.datetime,
    contact: Contact | None = None,
    resolver: Resolver = outbound.look_up,
) -> Trial:
    """Ask without writing anything but the log; nothing is remembered, for who tries may be mending the other side.

    One that is switched off can be tried too.
    """
    [asked] = _prepare([(api, values_given(api, values, contact))], now)
    reply = _ask(asked, resolver)
    log.note(api, reply, chat=None, operator=operator, automatic=False, now=now)
    planned = []
    if reply.outcome == "ok":
        planned = mapping.plan(api, reply.data, contact, site=api.site, now=now)
    return Trial(box_of(api, reply, log.host_of(api)), planned)


def automatic_apis(chat: Chat) -> list[tuple[LookupApi, dict[str, str]]]:
    """LOOK-5: which lookups run by themselves when this chat is opened, each with its values; three statements."""
    found = [(api, values_by_itself(api, chat)) for api in apis_of(chat.site, active_only=True)]
    return [(api, values) for api, values in found if values is not None]


def look_up_all(
    chat: Chat, *, operator: Operator | None, now: datetime.datetime, resolver: Resolver = outbound.look_up
) -> Iterator[Box]:
    """Run all that run by themselves at once; each box as it comes, what is remembered first.

    Who stops listening leaves calls behind, which are written down as such.
    """
    asked = _prepare(automatic_apis(chat), now)
    known = cache.recall(one.name for one in asked)
    for one in asked:
        if one.name in known:
            yield _finish(one, known[one.name], chat, operator=operator, automatic=True, now=now)
    waiting = {one.api.pk: one for one in asked if one.name not in known}
    try:
        for one, reply in _ask_all(list(waiting.values()), resolver):
            del waiting[one.api.pk]
            yield _finish(one, reply, chat, operator=operator, automatic=True, now=now)
    finally:
        for one in waiting.values():
            log.note(one.api, Reply("left"), chat=chat, operator=operator, automatic=True, now=now)


def _prepare(asked: Sequence[tuple[LookupApi, Mapping[str, str]]], now: datetime.datetime) -> list[_Asked]:
    """Everything that the calls need of the database; one statement for the keys."""
    keys = _keys([api for api, _values in asked if api.signed])
    prepared = []
    for api, values in asked:
        body = body_of(values)
        headers = {"content-type": "application/json; charset=utf-8"}
        one = _Asked(api, cache.name_of(api, body), [item.data_name for item in api.result_items.all()], None)
        if api.signed and not keys[api.pk]:
            prepared.append(replace(one, reply=Reply("key_unreadable")))
            continue
        if api.signed:
            headers |= signed_headers(keys[api.pk], body, now)
        prepared.append(replace(one, call=Call(api.url, body, headers)))
    return prepared


def _keys(apis: Sequence[LookupApi]) -> dict[int, str]:
    """The keys of these lookups; empty of one that cannot be read any more."""
    keys = dict.fromkeys((api.pk for api in apis), "")
    # As it stands in the table, for one that is unreadable must not spoil the others.
    rows = LookupApi.objects.filter(pk__in=list(keys)).annotate(sealed=Cast("secret", TextField()))
    for pk, sealed in rows.values_list("pk", "sealed") if keys else ():
        try:
            keys[pk] = decrypt(sealed) if sealed else ""
        except ImproperlyConfigured:
            _log.warning("The key of lookup %s cannot be read with SECRET_KEY.", pk)
    return keys


def _ask(asked: _Asked, resolver: Resolver) -> Reply:
    """The call itself. Touches no database, and whatever happens is a reply."""
    if asked.call is None:
        return asked.reply or Reply("unexpected")
    began = time.monotonic()
    try:
        return read_answer(outbound.call(asked.call, resolver=resolver), asked.names)
    except OutboundFailed as failed:
        reply = Reply(failed.code, failed.status)
    except Exception as error:
        # Its words may hold an address or a key.
        _log.error("Lookup %s failed: %s", asked.api.pk, type(error).__name__)
        reply = Reply("unexpected")
    return replace(reply, milliseconds=round((time.monotonic() - began) * 1000))


def _ask_all(asked: Sequence[_Asked], resolver: Resolver) -> Iterator[tuple[_Asked, Reply]]:
    """Each question with its reply, as they come."""
    done: queue.SimpleQueue[tuple[_Asked, Reply]] = queue.SimpleQueue()
    # A call ends by itself after ``SECONDS``; one that had to wait for a thread so long is given up.
    end = time.monotonic() + outbound.SECONDS + 1
    open_ones = {one.api.pk: one for one in asked}
    futures: list[Future[None]] = [
        _pool.submit(lambda one=one: done.put((one, _ask(one, resolver))))  # type: ignore[misc]
        for one in asked
    ]
    try:
        while open_ones:
            try:
                one, reply = done.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                break
            del open_ones[one.api.pk]
            yield one, reply
        for one in open_ones.values():
            yield one, Reply("crowded")
    finally:
        for future in futures:
            future.cancel()


def _finish(
    asked: _Asked,
    reply: Reply,
    about: About | None,
    *,
    operator: Operator | None,
    automatic: bool,
    now: datetime.datetime,
    fills: bool = True,
) -> Box:
    """Remember, write down and fill in."""
    api, chat = asked.api, about if isinstance(about, Chat) else None
    if not reply.cached:
        cache.keep(asked.name, reply)
        log.note(api, reply, chat=chat, operator=operator, automatic=automatic, now=now)
    mapped = []
    if reply.outcome == "ok" and about is not None and fills:
        by_hand = operator is not None and not automatic
        actor = Actor.of_operator(operator) if by_hand and operator else Actor("system", api.name)
        planned = mapping.write(api, reply.data, about, actor=actor, now=now)
        mapped = [one.field_label for one in planned if one.is_written]
    return box_of(api, reply, log.host_of(api), mapped=mapped)
