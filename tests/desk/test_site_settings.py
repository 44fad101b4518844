"""SITE-1: what an administrator sets, what is refused, and what the audit log says of it."""

import pytest
from django.core.exceptions import ValidationError

from desk import site_settings
from desk.actors import Actor
from desk.models import AuditEntry, Operator, Site


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://shop.example", ["https://shop.example"]),
        ("  HTTPS://Shop.Example/  ", ["https://shop.example"]),
        ("https://shop.example:443\nhttp://shop.example:80", ["https://shop.example", "http://shop.example"]),
        ("http://localhost:3000", ["http://localhost:3000"]),
        ("https://a.example\n\nhttps://a.example", ["https://a.example"]),
        ("https://가게.example", ["https://xn--o39akk.example"]),
        ("http://[::1]:8080", ["http://[::1]:8080"]),
        ("", []),
    ],
)
def test_origins_are_kept_as_browsers_send_them(typed: str, kept: list[str]) -> None:
    """SITE-1, BOOT-1: the boot compares the Origin header with these letter by letter."""
    assert site_settings.parse_origins(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "shop.example",
        "https://",
        "https://shop.example/path",
        "https://shop.example?x=1",
        "ftp://shop.example",
        "https://user@shop.example",
        "https://*.example",
        "https://shop.example:99999",
        "https://shop .example",
        "javascript:alert(1)",
        "null",
        "https://[::1",
    ],
)
def test_what_is_no_origin_is_refused_by_name(typed: str) -> None:
    with pytest.raises(ValidationError, match="web origin"):
        site_settings.parse_origins(f"https://good.example\n{typed}")


def test_fifty_origins_are_enough() -> None:
    with pytest.raises(ValidationError):
        site_settings.parse_origins("\n".join(f"https://s{n}.example" for n in range(51)))


def test_junk_values_are_kept_one_a_line_and_once(shop: Site, alice: Operator) -> None:
    """UNI-14: in any spelling."""
    parsed = site_settings.parse_junk_values(" KIOSK \n\nkiosk\nｋｉｏｓｋ\n010-0000-0000")
    assert parsed == ["KIOSK", "010-0000-0000"]
    before = shop.junk_values
    assert site_settings.change_settings(shop, {"junk_values": parsed}, actor=Actor.of_operator(alice))
    assert AuditEntry.objects.get().details == {"junk_values": {"from": before, "to": parsed}}


def test_a_site_starts_with_the_usual_junk_and_may_do_without(shop: Site, alice: Operator) -> None:
    """UNI-14: a list the site can edit."""
    assert {"null", "undefined", "0", "guest", "test@test.com", "01000000000"} <= set(shop.junk_values)
    site_settings.change_settings(shop, {"junk_values": []}, actor=Actor.of_operator(alice))
    assert Site.objects.get(pk=shop.pk).junk_values == []


@pytest.mark.parametrize("typed", ["\n".join(f"junk{n}" for n in range(501)), "x" * 256])
def test_a_list_of_junk_has_limits(typed: str) -> None:
    with pytest.raises(ValidationError):
        site_settings.parse_junk_values(typed)


def test_a_change_is_recorded_with_before_and_after(shop: Site, alice: Operator) -> None:
    changed = site_settings.change_settings(
        shop, {"name": "New shop", "language": "ko"}, actor=Actor.of_operator(alice)
    )
    assert changed == ["name"]
    assert shop.name == "New shop"
    assert AuditEntry.objects.get().details == {"name": {"from": "Shop", "to": "New shop"}}


def test_a_change_that_changes_nothing_leaves_no_trace(shop: Site, alice: Operator) -> None:
    assert site_settings.change_settings(shop, {"name": "Shop"}, actor=Actor.of_operator(alice)) == []
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("language", "xx"),
        ("phone_country", "Korea"),
        ("retention_days_lead", 0),
        ("name", ""),
    ],
)
def test_a_bad_setting_changes_nothing(field: str, value: object, shop: Site, alice: Operator) -> None:
    with pytest.raises(ValidationError) as error:
        site_settings.change_settings(shop, {"asks_name": True, field: value}, actor=Actor.of_operator(alice))
    assert list(error.value.message_dict) == [field]
    assert not Site.objects.get(pk=shop.pk).asks_name


@pytest.mark.parametrize("field", ["code", "plugin_key", "member_hash_secret", "no_such"])
def test_what_is_not_a_setting_is_an_error(field: str, shop: Site, alice: Operator) -> None:
    with pytest.raises(site_settings.UnknownSetting):
        site_settings.change_settings(shop, {field: "x"}, actor=Actor.of_operator(alice))


def test_a_new_secret_leaves_the_one_before_alive(shop: Site, alice: Operator) -> None:
    """SITE-1: two live secrets at most, newest first."""
    actor = Actor.of_operator(alice)
    first = shop.member_hash_secret
    second = site_settings.rotate_secret(shop, actor=actor)
    assert Site.objects.get(pk=shop.pk).member_hash_secrets == [second, first]
    third = site_settings.rotate_secret(shop, actor=actor)
    assert Site.objects.get(pk=shop.pk).member_hash_secrets == [third, second]
    site_settings.drop_previous_secret(shop, actor=actor)
    assert Site.objects.get(pk=shop.pk).member_hash_secrets == [third]


def test_no_secret_and_no_key_gets_into_the_audit_log(shop: Site, alice: Operator) -> None:
    actor = Actor.of_operator(alice)
    site_settings.rotate_secret(shop, actor=actor)
    site_settings.rotate_plugin_key(shop, actor=actor)
    shown = site_settings.show_secrets(shop, actor=actor)
    log = str(list(AuditEntry.objects.values_list()))
    assert not any(secret in log for secret in [*shown, shop.plugin_key])
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {
        "site.rotateSecret",
        "site.rotatePluginKey",
        "site.showSecret",
    }


def test_the_old_plugin_key_ends_at_once(shop: Site, alice: Operator) -> None:
    before = shop.plugin_key
    after = site_settings.rotate_plugin_key(shop, actor=Actor.of_operator(alice))
    assert after != before
    assert not Site.objects.filter(plugin_key=before).exists()
