"""How /plugin.js is served (API-1)."""

import gzip

from django.test import Client

from contacts.api.plugin_script import script


def test_the_script_stays_below_thirty_kilobytes() -> None:
    """api.md: ≤ 30 kB gzipped."""
    assert len(script().packed) < 30_000


def test_the_script_is_one_function_that_leaves_one_name() -> None:
    text = script().plain.decode()
    assert text.startswith('(() => {\n"use strict";')
    assert text.rstrip().endswith("})();")


def test_any_page_may_load_the_script(client: Client) -> None:
    answer = client.get("/plugin.js", headers={"Origin": "https://shop.example"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies


def test_a_compressed_script_is_the_same_script(client: Client) -> None:
    plain = client.get("/plugin.js")
    packed = client.get("/plugin.js", headers={"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in plain["Vary"]


def test_an_unchanged_script_is_not_sent_again(client: Client) -> None:
    first = client.get("/plugin.js")
    assert "max-age=300" in first["Cache-Control"]
    again = client.get("/plugin.js", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert again["Access-Control-Allow-Origin"] == "*"


def test_the_script_is_only_read(client: Client) -> None:
    assert client.head("/plugin.js").status_code == 200
    assert client.post("/plugin.js").status_code == 405
