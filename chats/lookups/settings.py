"""LOOK-1, LOOK-2: the lookups of a site: what is asked where, with which key, and what is shown of the answer."""

import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model, prefetch_related_objects

from chats.lookups.drafts import ApiDraft, check_draft
from chats.lookups.drafts import QueryDraft as QueryDraft
from chats.lookups.drafts import ResultDraft as ResultDraft
from chats.lookups.errors import LookupRefused as LookupRefused
from chats.lookups.targets import targets_of
from chats.models import LookupApi, LookupQueryItem, LookupResultItem
from chats.places import exchange
from contacts.folding import fold
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

MAX_APIS = 20
_QUERY_COLUMNS = ("kind", "control", "required", "label", "variable", "max_length", "default", "options", "channels")
_RESULT_COLUMNS = ("label", "data_name", "field")


@dataclass(frozen=True, slots=True)
class NewApi:
    """A lookup just made, with the key by which its calls are signed."""

    api: LookupApi
    secret: str


def apis_of(site: Site, *, active_only: bool = False) -> list[LookupApi]:
    """All of them in their order, each with its items, without keys; three statements."""
    rows = LookupApi.objects.filter(site=site, **({"active": True} if active_only else {}))
    apis = list(rows.defer("secret").prefetch_related("query_items", "result_items"))
    for api in apis:
        api.site = site
    return apis


def api_of(site: Site, api_id: int) -> LookupApi | None:
    """One of them, with its items, without its key; three statements."""
    api = LookupApi.objects.filter(site=site, pk=api_id).defer("secret").first()
    if api is not None:
        prefetch_related_objects([api], "query_items", "result_items")
        api.site = site
    return api


def draft_of(api: LookupApi) -> ApiDraft:
    """The lookup as it is, for forms."""
    return ApiDraft(
        api.name,
        api.url,
        api.signed,
        [QueryDraft(**_columns(item, _QUERY_COLUMNS)) for item in api.query_items.all()],
        [ResultDraft(**_columns(item, _RESULT_COLUMNS)) for item in api.result_items.all()],
    )


@transaction.atomic
def create_api(site: Site, draft: ApiDraft, *, actor: Actor, now: datetime.datetime) -> NewApi:
    """A new lookup, behind the others."""
    draft = _checked(site, draft)
    _hold(site)
    others = list(LookupApi.objects.filter(site=site).defer("secret"))
    if len(others) >= MAX_APIS:
        raise LookupRefused("apis_full", path="name", most=MAX_APIS)
    _check_name(site, draft.name)
    secret = _new_secret()
    api = LookupApi.objects.create(
        site=site,
        name=draft.name,
        name_folded=fold(draft.name),
        url=draft.url,
        signed=draft.signed,
        secret=secret,
        place=max((one.place for one in others), default=0) + 1,
        changed_at=now,
    )
    _write_items(api, draft)
    record("lookupapi.create", actor=actor, site=site, target=api, details={"name": api.name})
    return NewApi(api, secret)


@transaction.atomic
def change_api(api: LookupApi, draft: ApiDraft, *, actor: Actor, now: datetime.datetime) -> bool:
    """Make it as ``draft`` says; False when nothing is different. What was answered before is asked anew."""
    site = api.site
    draft = _checked(site, draft)
    _hold(site)
    fresh = LookupApi.objects.filter(pk=api.pk).defer("secret").first()
    if fresh is None:
        raise LookupRefused("gone")
    _check_name(site, draft.name, besides=api)
    before = draft_of(fresh)
    wanted = ("name", "url", "signed", "query_items", "result_items")
    changed = [name for name in wanted if getattr(before, name) != getattr(draft, name)]
    if not changed:
        return False
    api.name, api.name_folded, api.url, api.signed = draft.name, fold(draft.name), draft.url, draft.signed
    api.changed_at = now
    api.save(update_fields=["name", "name_folded", "url", "signed", "changed_at"])
    if {"query_items", "result_items"} & set(changed):
        LookupQueryItem.objects.filter(api=api).delete()
        LookupResultItem.objects.filter(api=api).delete()
        _write_items(api, draft)
        # Items that were read along with the lookup are gone.
        getattr(api, "_prefetched_objects_cache", {}).clear()
    # Not the address itself: it may hold a key.
    record("lookupapi.change", actor=actor, site=site, target=api, details={"name": api.name, "fields": changed})
    return True


@transaction.atomic
def switch(api: LookupApi, active: bool, *, actor: Actor, now: datetime.datetime) -> bool:
    """On or off; False when it is so already. What is off is asked by nobody and stays as it is."""
    if not LookupApi.objects.filter(pk=api.pk, active=not active).update(active=active, changed_at=now):
        return False
    api.active, api.changed_at = active, now
    details = {"name": api.name, "active": active}
    record("lookupapi.switch", actor=actor, site=api.site, target=api, details=details)
    return True


@transaction.atomic
def show_secret(api: LookupApi, *, actor: Actor) -> str:
    """The key, for an administrator who copies it; that it was shown is in the audit log."""
    record("lookupapi.showSecret", actor=actor, site=api.site, target=api, details={"name": api.name})
    return str(api.secret)


@transaction.atomic
def replace_secret(api: LookupApi, *, actor: Actor) -> str:
    """A new key; what is sent from now on is signed with it."""
    secret = _new_secret()
    if not LookupApi.objects.filter(pk=api.pk).update(secret=secret):
        raise LookupRefused("gone")
    api.secret = secret
    record("lookupapi.replaceSecret", actor=actor, site=api.site, target=api, details={"name": api.name})
    return secret


@transaction.atomic
def move(api: LookupApi, *, up: bool, actor: Actor) -> bool:
    """One place up or down; False at the end."""
    _hold(api.site)
    apis = list(LookupApi.objects.filter(site=api.site).defer("secret"))
    if not exchange(apis, api, up=up):
        return False
    LookupApi.objects.bulk_update(apis, ["place"])
    record("lookupapi.reorder", actor=actor, site=api.site, target=api, details={"name": api.name})
    return True


@transaction.atomic
def delete_api(api: LookupApi, *, actor: Actor) -> bool:
    """It goes with its items and its log; False when it is gone. What it wrote into people stays."""
    deleted, _per_model = LookupApi.objects.filter(pk=api.pk).delete()
    if deleted:
        record("lookupapi.delete", actor=actor, site=api.site, target=api, details={"name": api.name})
    return bool(deleted)


def _checked(site: Site, draft: ApiDraft) -> ApiDraft:
    draft = check_draft(draft)
    targets = targets_of(site)
    for place, item in enumerate(draft.result_items):
        if item.field and item.field not in targets:
            raise LookupRefused("field", path=f"result_items.{place}.field", name=item.field)
    return draft


def _check_name(site: Site, name: str, *, besides: LookupApi | None = None) -> None:
    same = LookupApi.objects.filter(site=site, name_folded=fold(name))
    if same.exclude(pk=besides.pk if besides else 0).exists():
        raise LookupRefused("name_taken", path="name", name=name)


def _write_items(api: LookupApi, draft: ApiDraft) -> None:
    for model, columns, items in (
        (LookupQueryItem, _QUERY_COLUMNS, draft.query_items),
        (LookupResultItem, _RESULT_COLUMNS, draft.result_items),
    ):
        rows: Sequence[Any] = [
            model(site_id=api.site_id, api=api, place=place, **_columns(item, columns))
            for place, item in enumerate(items)
        ]
        model._default_manager.bulk_create(rows)


def _columns(item: Model | QueryDraft | Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names}


def _new_secret() -> str:
    return secrets.token_hex(16)


def _hold(site: Site) -> None:
    """One change at a time to the few rows of a site."""
    Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)
