"""How /plugin-messenger.js is served, and what tells the messenger to ask for a contact point (API-1, CHAT-7)."""

import gzip

import pytest
from django.test import Client
from django.utils import timezone

from chats.api.messenger_script import script
from chats.visiting import can_be_reached
from contacts.api.plugin_script import script as plugin_script
from desk.models import Site
from tests.factories import ContactFactory


def test_the_messenger_stays_below_thirty_kilobytes() -> None:
    assert len(script().packed) < 30_000


def test_what_a_page_loads_at_first_stays_below_twenty_kilobytes() -> None:
    """The messenger is not among it."""
    assert len(plugin_script().packed) < 20_000


def test_the_messenger_is_a_module_with_one_function() -> None:
    text = script().plain.decode()
    assert text.startswith("export default (kit) => {")
    assert text.rstrip().endswith("};")
    assert "innerHTML" not in text


def test_any_page_may_load_the_messenger(client: Client) -> None:
    answer = client.get("/plugin-messenger.js", headers={"Origin": "https://shop.example", "Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert gzip.decompress(answer.content) == script().plain
    assert not answer.cookies


def test_an_unchanged_messenger_is_not_sent_again(client: Client) -> None:
    first = client.get("/plugin-messenger.js")
    again = client.get("/plugin-messenger.js", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert client.post("/plugin-messenger.js").status_code == 405


@pytest.mark.parametrize(
    ("points", "reached"),
    [({}, False), ({"email": "lee@example.com"}, True), ({"mobile_number": "+821012345678"}, True)],
)
def test_who_left_a_contact_point_is_not_asked_for_one(points: dict[str, str], reached: bool, shop: Site) -> None:
    """CHAT-7."""
    contact = ContactFactory(site=shop, created_at=timezone.now(), **points)
    assert can_be_reached(contact) is reached
