"""API-2: keys of the open API."""

import datetime
import json

import pytest
from django.core.management import CommandError, call_command

from desk.actors import SYSTEM, Actor
from desk.api_keys import create_api_key, find_api_key, revoke_api_key
from desk.models import ApiKey, AuditEntry, Operator, Site

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)


def test_a_key_and_its_secret_open_the_site(shop: Site) -> None:
    made = create_api_key(shop, "ERP", actor=SYSTEM)
    found = find_api_key(made.key.access_key, made.secret, now=NOON)
    assert found == made.key
    assert found is not None
    assert found.site == shop


def test_the_secret_is_stored_as_a_digest_only(shop: Site) -> None:
    """API-2: shown once."""
    made = create_api_key(shop, "ERP", actor=SYSTEM)
    row = ApiKey.objects.values().get()
    assert made.secret not in json.dumps(row, default=str)
    assert len(row["secret_digest"]) == 64


@pytest.mark.parametrize("secret", ["", "wrong", "\ud800", "é"])
def test_a_wrong_secret_opens_nothing(shop: Site, secret: str) -> None:
    made = create_api_key(shop, "ERP", actor=SYSTEM)
    assert find_api_key(made.key.access_key, secret, now=NOON) is None
    assert find_api_key("unknown", made.secret, now=NOON) is None
    assert find_api_key("", "", now=NOON) is None


def test_a_revoked_key_opens_nothing(shop: Site, alice: Operator) -> None:
    """API-2: revocable, on record."""
    made = create_api_key(shop, "ERP", actor=Actor.of_operator(alice))
    revoke_api_key(made.key, actor=Actor.of_operator(alice), now=NOON)
    assert find_api_key(made.key.access_key, made.secret, now=NOON) is None
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"apiKey.create", "apiKey.revoke"}


def test_last_use_is_noted_once_a_minute(shop: Site) -> None:
    """API-2: a busy program is not an update per call."""
    made = create_api_key(shop, "ERP", actor=SYSTEM)
    for seconds, noted in [(0, 0), (59, 0), (60, 60)]:
        find_api_key(made.key.access_key, made.secret, now=NOON + seconds * SECOND)
        assert ApiKey.objects.get().last_used_at == NOON + noted * SECOND


def test_the_command_prints_key_and_secret(shop: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """api.md, "Commands"."""
    call_command("create_api_key", "SHOP", "--json")
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"accessKey", "accessSecret"}
    assert find_api_key(told["accessKey"], told["accessSecret"], now=NOON) is not None


def test_the_command_without_json_prints_both_for_people(shop: Site, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", "SHOP", "--name", "ERP")
    printed = capsys.readouterr().out
    key = ApiKey.objects.get(name="ERP")
    assert f"accessKey: {key.access_key}" in printed
    assert "accessSecret: " in printed


def test_the_command_refuses_an_unknown_site(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("create_api_key", "NOWHERE")
