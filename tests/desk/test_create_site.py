"""SITE-1: making sites from the command line."""

import json

import pytest
from django.core.management import CommandError, call_command

from desk.models import AuditEntry, MemberHashMode, RetentionPolicy, Site

pytestmark = pytest.mark.django_db


def test_a_site_is_made_with_key_and_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """api.md, "Commands"."""
    call_command("create_site", "단골가게", "--site-id", "SHOP", "--json")
    told = json.loads(capsys.readouterr().out)
    site = Site.objects.get()
    assert told == {
        "id": str(site.pk),
        "siteId": "SHOP",
        "name": "단골가게",
        "pluginKey": site.plugin_key,
        "memberHash": "off",
        "secret": site.member_hash_secret,
    }
    assert AuditEntry.objects.get().action == "site.create"


def test_every_setting_can_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (
        "--retention jp --member-hash required --language ja --time-zone Asia/Tokyo --phone-country jp "
        "--allowed-origin https://a.example/ --allowed-origin https://b.example"
    )
    call_command("create_site", "Shop", "--site-id", "SHOP", *arguments.split())
    site = Site.objects.get()
    assert site.retention_policy == RetentionPolicy.JP
    assert site.member_hash_mode == MemberHashMode.REQUIRED
    assert (site.language, site.time_zone, site.phone_country) == ("ja", "Asia/Tokyo", "JP")
    assert site.allowed_origins == ["https://a.example", "https://b.example"]
    printed = capsys.readouterr().out
    assert site.plugin_key in printed
    assert site.member_hash_secret in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["--site-id", "MY SHOP"],
        ["--site-id", "한국"],
        ["--site-id", "X" * 21],
        ["--site-id", "NEW", "--time-zone", "Mars/Olympus"],
        ["--site-id", "NEW", "--phone-country", "Korea"],
        ["--site-id", "NEW", "--language", "fr"],
        ["--site-id", "NEW", "--retention", "custom"],
        ["--site-id", "SHOP"],
        [],
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(shop: Site, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_site", "Other", *arguments)
    assert Site.objects.count() == 1
