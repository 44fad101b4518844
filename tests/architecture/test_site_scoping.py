"""SITE-2: nothing of one site is ever seen or touched from another. Every address of the URLconf is tried.

Charlie administers another company's site. He walks every address, with every id of the shop in every place that takes
one, and posts the shop's ids to every form. A new page, API or table is in here by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from desk.admin.site import desk_site
from desk.models import Operator, Site
from tests.architecture.marking import MARK, fill, of_site_models, snapshot
from tests.conftest import client_of

# Addresses that are not walked, and why.
NOT_WALKED = {
    "admin:logout": "ends the session of the walk",
    "admin:password_change": "would end the session of the walk; shows nothing of a site",
    "admin:site_new": "makes a site of one's own",
}
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")

Marked = dict[type[models.Model], models.Model]


@dataclass(frozen=True, slots=True)
class Address:
    """One pattern of the URLconf; ``route`` as written, without ``^`` and ``$``."""

    name: str
    route: str

    def filled(self, value: str) -> str:
        """The path with ``value`` in every place."""
        return "/" + _PARAMETER.sub(value, self.route).replace("^", "").replace("$", "")

    @property
    def takes_id(self) -> bool:
        return bool(_PARAMETER.search(self.route))


def _addresses(patterns: list[Any], prefix: str = "", namespace: str = "") -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from _addresses(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            address = Address(f"{namespace}{pattern.name or route}", route)
            if address.name not in NOT_WALKED:
                yield address


ADDRESSES = list(_addresses(get_resolver().url_patterns))


@pytest.fixture
def marked(shop: Site, elsewhere: Site) -> Marked:
    """A row of every table of the shop, all texts marked."""
    return fill(shop)


@pytest.fixture
def walker(charlie: Operator) -> Client:
    client = client_of(charlie)
    client.raise_request_exception = True
    return client


def _ids(marked: Marked) -> list[str]:
    return sorted({str(row.pk) for row in marked.values() if not isinstance(row.pk, tuple)})


def _text(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace") + str(dict(response.headers)) + response.headers.get("Location", "")


def test_the_crawl_finds_its_way(marked: Marked) -> None:
    """A crawl of nothing would pass: there are addresses, and a marked row of every table that has a site."""
    assert len(ADDRESSES) > 40
    assert {model for model in of_site_models() if model not in marked} == set()


def test_the_marks_are_seen_by_their_own_people(marked: Marked, alice: Operator) -> None:
    """The watch works: the shop's administrator does see marks on the shop's pages."""
    client = client_of(alice)
    seen = [
        address.name for address in ADDRESSES if not address.takes_id and MARK in _text(client.get(f"/{address.route}"))
    ]
    assert {"admin:settings", "admin:desk_membership_changelist", "admin:desk_auditentry_changelist"} <= set(seen)


@pytest.mark.parametrize("address", [a for a in ADDRESSES if not a.takes_id], ids=lambda a: a.name)
def test_no_page_of_another_site_shows_the_shop(address: Address, marked: Marked, walker: Client) -> None:
    """SITE-2: lists, counts, searches, suggestions and errors."""
    ids = ",".join(_ids(marked))
    queries = [
        {},
        {"q": MARK, "term": MARK, "search": MARK},
        {"id": ids, "ids": ids, "contact": ids, "tag": ids, "segment": ids, "pk__in": ids},
        {"app_label": "desk", "model_name": "auditentry", "field_name": "operator", "term": MARK},
    ]
    for query in queries:
        response = walker.get(f"/{address.route}", query)
        shown = _text(response).replace(MARK + '"', "") if query.get("q") else _text(response)
        assert not re.search(rf"{MARK}\d", shown), f"{address.name} {query}: shows a text of the shop"


@pytest.mark.parametrize("address", [a for a in ADDRESSES if a.takes_id], ids=lambda a: a.name)
def test_no_id_of_the_shop_opens_anything(address: Address, marked: Marked, walker: Client) -> None:
    """SITE-2: whatever number of the shop is put into an address, nothing of it comes back."""
    for value in [*_ids(marked), *(str(getattr(row, "name", "x")) for row in marked.values())]:
        response = walker.get(address.filled(value))
        assert response.status_code != 200 or not re.search(rf"{MARK}\d", _text(response).replace(value, "")), (
            f"{address.filled(value)} shows a text of the shop"
        )


@pytest.mark.parametrize("model", sorted(desk_site._registry, key=str), ids=lambda m: m._meta.label)
def test_an_object_of_the_shop_is_not_found(model: type[models.Model], marked: Marked, walker: Client) -> None:
    """SITE-2: another site's object is 404 on each of its pages, for reading and for writing."""
    row = marked[model]
    for page in ("change", "delete", "history"):
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=[row.pk])
        assert walker.get(path).status_code in {403, 404}, path
        assert walker.post(path, {"post": "yes"}).status_code in {403, 404, 405}, path


def test_what_is_not_found_is_404_where_the_role_allows_the_page(marked: Marked, walker: Client) -> None:
    """SITE-2: 404, not 403, so that nobody learns that the number exists elsewhere."""
    for name in ("desk_membership_change", "desk_apikey_delete", "contacts_contact_change", "tags_tag_change"):
        app, model, _page = name.split("_")
        row = next(row for kind, row in marked.items() if (kind._meta.app_label, kind._meta.model_name) == (app, model))
        assert walker.get(reverse(f"admin:{name}", args=[row.pk])).status_code == 404, name


def test_no_post_of_another_site_changes_the_shop(shop: Site, marked: Marked, walker: Client) -> None:
    """SITE-2: the shop's ids in every field a form might have, posted to every address."""
    before = snapshot(shop)
    ids = _ids(marked)
    fields = dict.fromkeys(
        ("id", "ids", "pk", "contact", "contacts", "tag", "tags", "segment", "site", "operator", "_selected_action"),
        ids,
    )
    words = {"post": "yes", "action": "delete_selected", "name": "taken", "role": "viewer", "confirm": "1", "q": MARK}
    for address in ADDRESSES:
        for value in ids if address.takes_id else [""]:
            response = walker.post(address.filled(value), {**fields, **words})
            assert not re.search(rf"{MARK}\d", _text(response)), address.name
    assert snapshot(shop) == before


def test_the_switcher_offers_ones_own_sites_only(shop: Site, marked: Marked, walker: Client) -> None:
    """SITE-3: a site that one cannot see cannot be chosen."""
    assert walker.post(reverse("admin:choose_site"), {"site": shop.pk}).status_code == 404
    assert MARK not in walker.get(reverse("admin:site_list")).content.decode()


def test_a_member_of_both_sees_one_at_a_time(shop: Site, elsewhere: Site, marked: Marked, charlie: Operator) -> None:
    """SITE-3: also somebody who works for both sites meets the other one's objects only after switching."""
    charlie.memberships.create(site=shop, role="admin")
    client = client_of(charlie)
    client.post(reverse("admin:choose_site"), {"site": elsewhere.pk})
    path = reverse(
        "admin:contacts_contact_change", args=[next(r for m, r in marked.items() if m.__name__ == "Contact").pk]
    )
    assert client.get(path).status_code == 404
    client.post(reverse("admin:choose_site"), {"site": shop.pk})
    assert client.get(path).status_code == 200
