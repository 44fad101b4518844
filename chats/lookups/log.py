"""LOOK-7: that a lookup was called and how it ended, for 30 days; nothing of what was sent or answered."""

import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from chats.lookups.answers import Reply, sentence_of
from chats.models import Chat, LookupApi, LookupCall
from desk.ids import id_at
from desk.models import Operator, Site
from desk.outbound import check_url
from desk.outbound_errors import OutboundFailed

KEPT = datetime.timedelta(days=30)
FORGOTTEN_AT_ONCE = 2_000


def note(
    api: LookupApi,
    reply: Reply,
    *,
    chat: Chat | None,
    operator: Operator | None,
    automatic: bool,
    now: datetime.datetime,
) -> None:
    """Write a call down. The lookup or the chat may have been deleted meanwhile: then there is nothing to keep."""
    call = LookupCall(
        site_id=api.site_id,
        api=api,
        chat=chat,
        operator=operator,
        operator_name=str(operator or "")[:120],
        automatic=automatic,
        outcome=reply.outcome,
        status=reply.status,
        milliseconds=reply.milliseconds,
        at=now,
    )
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:
        return


def calls_of(site: Site, api: LookupApi | None = None) -> QuerySet[LookupCall]:
    """The log, newest first, of the site or of one lookup."""
    calls = LookupCall.objects.filter(site=site)
    if api is not None:
        calls = calls.filter(api=api)
    return calls.select_related("operator", "chat").order_by("-pk")


def words_of(call: LookupCall, api: LookupApi) -> str:
    """How it ended, in the active language."""
    return sentence_of(call.outcome, host=host_of(api), status=call.status)


def host_of(api: LookupApi) -> str:
    """The server that is asked; never the whole address, which may hold a key."""
    try:
        return check_url(api.url).host
    except OutboundFailed as failed:
        return failed.host


def forget_old_calls(*, now: datetime.datetime) -> int:
    """Delete what is older than 30 days, a few at a time; how many."""
    old = LookupCall.objects.filter(pk__lt=id_at(now - KEPT)).order_by("pk").values_list("pk", flat=True)
    forgotten = 0
    while batch := list(old[:FORGOTTEN_AT_ONCE]):
        forgotten += LookupCall.objects.filter(pk__in=batch).delete()[0]
    return forgotten
