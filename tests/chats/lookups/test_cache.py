"""LOOK-7: the same question within five minutes is answered from memory, where nobody can read it."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache as memory
from django.core.cache.backends.locmem import LocMemCache

from chats.lookups import cache
from chats.lookups.answers import Reply
from chats.lookups.calling import Box, look_up, look_up_all, try_out
from chats.lookups.settings import ResultDraft, api_of, change_api
from chats.models import Chat, LookupApi, LookupCall
from contacts.models import Contact
from desk.actors import SYSTEM
from desk.models import Site
from tests.chats.lookups.company import api_at, draft, here, telling
from tests.chats.people import NOON, account, room_of
from tests.desk.servers import serving
from tests.factories import ContactFactory

TOLD = {"data": {"grade": "gold", "home": "Seoul 1"}}
HOME = [ResultDraft("Grade", "grade"), ResultDraft("Lives", "home", "address")]


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    memory.clear()


@pytest.fixture
def room(shop: Site) -> Chat:
    kim = ContactFactory(site=shop, name="Kim", mobile_number="+821012345678")
    return room_of(kim, "web", account(kim))


def ask(api: LookupApi, room: Chat, **values: str) -> Box:
    return look_up(api, values, chat=room, operator=None, now=NOON, resolver=here)


def test_the_same_question_is_asked_once(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-7: by hand and by itself; what is not asked is not in the log, and fills what is empty all the same."""
    with serving(telling(TOLD), certificate=certificate) as server:
        api = api_at(shop, server.url(), results=HOME)
        first = ask(api, room)
        Contact.objects.get(pk=room.contact_id).profile.__class__.objects.update(address="")
        second = ask(api, room)
        [third] = look_up_all(room, operator=None, now=NOON, resolver=here)
        other = ask(api, room, phone="2")
    assert [box.cached for box in (first, second, third, other)] == [False, True, True, False]
    assert first.values == second.values == third.values == [("Grade", "gold"), ("Lives", "Seoul 1")]
    assert [box.mapped for box in (first, second, third)] == [["Address"], ["Address"], []]
    assert server.connections == 2
    assert LookupCall.objects.count() == 2


def test_a_changed_lookup_asks_anew(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-7: so does another lookup of the same address."""
    with serving(telling(TOLD), certificate=certificate) as server:
        api = api_at(shop, server.url())
        ask(api, room)
        later = NOON + datetime.timedelta(seconds=1)
        change_api(api, draft(server.url(), results=HOME), actor=SYSTEM, now=later)
        fresh = api_of(shop, api.pk)
        assert fresh is not None
        assert not ask(fresh, room).cached
        assert not ask(api_at(shop, server.url(), name="Other"), room).cached


@pytest.mark.parametrize(
    ("status", "times"),
    [("400 No", 1), ("403 No", 2), ("404 No", 2), ("500 No", 2), ("302 There", 2)],
)
def test_only_an_answer_is_remembered(status: str, times: int, shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-7: that there is no result is one; a fault may be mended in the next minute."""
    with serving(telling({"error": {"message": "No"}}, status), certificate=certificate) as server:
        api = api_at(shop, server.url())
        boxes = [ask(api, room), ask(api, room)]
    assert server.connections == times
    assert boxes[0].sentence == boxes[1].sentence
    assert boxes[0].said == boxes[1].said


def test_a_try_is_always_asked(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-1: who tries may be mending the other side."""
    with serving(telling(TOLD), certificate=certificate) as server:
        api = api_at(shop, server.url())
        for _ in range(2):
            try_out(api, {"phone": "+821012345678"}, operator=None, now=NOON, resolver=here)
        assert not ask(api, room).cached
    assert server.connections == 3


def test_nobody_can_read_what_is_remembered(
    shop: Site, room: Chat, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOOK-7: neither who was asked about nor what was said; it is kept for five minutes."""
    kept: list[tuple[Any, ...]] = []
    usual = memory.set
    monkeypatch.setattr(
        cache.cache, "set", lambda *args, **options: (kept.append((args, options)), usual(*args, **options))
    )
    with serving(telling(TOLD), certificate=certificate) as server:
        ask(api_at(shop, server.url()), room)
    [((name, sealed), options)] = kept
    assert options == {"timeout": 300}
    assert not any(word in name + sealed for word in ("gold", "8210", "1012345678", "grade"))
    # Copied to the name of another question it is worth nothing.
    memory.set("lookup:other", sealed)
    assert cache.recall(["lookup:other"]) == {}


def test_what_another_key_or_version_left_is_no_answer(shop: Site, settings: Any) -> None:
    """LOOK-7"""
    name = cache.name_of(api_at(shop), b"{}")
    cache.keep(name, Reply("ok", 200, data={"grade": "gold"}))
    assert cache.recall([name])[name].data == {"grade": "gold"}
    settings.SECRET_KEY = "another"
    assert cache.recall([name]) == {}
    memory.set(name, cache.seal(json.dumps({"old": 1}).encode(), of=name))
    assert cache.recall([name]) == {}


def test_a_huge_answer_is_not_kept(shop: Site) -> None:
    """LOOK-7: memory is for many."""
    name = cache.name_of(api_at(shop), b"{}")
    cache.keep(name, Reply("ok", 200, data={"grade": ["x" * 1000] * 200}))
    assert cache.recall([name]) == {}


def test_without_a_cache_everybody_is_asked(
    shop: Site, room: Chat, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOOK-7: a Redis that is away is no reason to fail."""

    class Away(LocMemCache):
        def set(self, *args: Any, **options: Any) -> Any:
            raise ConnectionError

        def get_many(self, *args: Any, **options: Any) -> Any:
            raise ConnectionError

    monkeypatch.setattr(cache, "cache", Away("away", {}))
    with serving(telling(TOLD), certificate=certificate) as server:
        api = api_at(shop, server.url())
        assert [ask(api, room).outcome, ask(api, room).outcome] == ["ok", "ok"]
