"""The shortest ways to a lookup, and to what the company answers."""

import ipaddress
import json
from collections.abc import Sequence
from typing import Any

from chats.lookups.settings import ApiDraft, QueryDraft, ResultDraft, api_of, create_api
from chats.models import LookupApi
from desk.actors import SYSTEM
from desk.models import Site
from desk.outbound_addresses import Address
from tests.chats.people import NOON
from tests.desk.servers import Manner, answering

HOME = ipaddress.ip_address("127.0.0.1")
PHONE = QueryDraft("Phone", "phone", kind="chatField", required=True, channels=["web", "app"])
GRADE = ResultDraft("Grade", "grade")


def here(host: str, port: int) -> list[Address]:
    """A name server for which every name is this machine."""
    return [HOME]


def draft(
    url: str = "https://shop.test/customers",
    query: Sequence[QueryDraft] = (PHONE,),
    results: Sequence[ResultDraft] = (GRADE,),
    **options: Any,
) -> ApiDraft:
    return ApiDraft(options.pop("name", "Orders"), url, query_items=query, result_items=results, **options)


def api_at(site: Site, *args: Any, **options: Any) -> LookupApi:
    """A lookup as the desk reads it."""
    made = create_api(site, draft(*args, **options), actor=SYSTEM, now=NOON).api
    api = api_of(site, made.pk)
    assert api is not None
    return api


def telling(data: Any, status: str = "200 OK") -> Manner:
    """A server that answers with this JSON."""
    return answering(json.dumps(data).encode(), status)
