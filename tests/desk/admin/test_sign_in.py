"""Signing in, being kept from guessing, signing out; and the pages for what went wrong."""

import pytest
from django.test import Client
from django.urls import reverse

from desk.models import AuditEntry, Membership, Operator, Site
from tests.conftest import client_of

PASSWORD = "a long password for tests"


@pytest.fixture
def alice_with_password(alice: Operator) -> Operator:
    alice.set_password(PASSWORD)
    alice.save()
    return alice


def _try(client: Client, email: str, password: str, **extra: str) -> int:
    return client.post(
        reverse("admin:login"), {"username": email, "password": password, "next": "/desk/"}, **extra
    ).status_code


def test_the_address_is_taken_in_any_spelling(alice_with_password: Operator) -> None:
    assert _try(Client(), " ALICE@example.com", PASSWORD) == 302


def test_guessing_is_stopped_after_ten_tries(alice_with_password: Operator) -> None:
    """Also the right password no longer helps, and another spelling of the address is not another account."""
    client = Client()
    for n in range(9):
        assert _try(client, "alice@example.com" if n % 2 else "Alice@Example.com", "wrong") == 200
    assert _try(client, "alice@example.com", "wrong") == 429
    assert _try(client, "alice@example.com", PASSWORD) == 429
    assert (
        "Too many tries"
        in client.post(
            reverse("admin:login"), {"username": "alice@example.com", "password": "x"}, HTTP_ACCEPT_LANGUAGE="en"
        ).content.decode()
    )


def test_guessing_from_elsewhere_does_not_lock_alice_out(alice_with_password: Operator) -> None:
    stranger = Client()
    for _ in range(10):
        _try(stranger, "alice@example.com", "wrong", REMOTE_ADDR="203.0.113.5")
    assert _try(Client(), "alice@example.com", PASSWORD, REMOTE_ADDR="203.0.113.6") == 302


def test_an_inactive_operator_does_not_get_in(alice_with_password: Operator) -> None:
    Operator.objects.update(is_active=False)
    assert _try(Client(), "alice@example.com", PASSWORD) == 200


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_the_sign_in_page_speaks_three_languages(language: str, db: None) -> None:
    """L10N-1: the browser's language first, the others one press away."""
    page = Client().get(reverse("admin:login"), HTTP_ACCEPT_LANGUAGE=language).content.decode()
    assert f'<html lang="{language}"' in page
    assert all(name in page for name in ("한국어", "日本語", "English"))


def test_signing_out_needs_a_post(alice: Operator) -> None:
    client = client_of(alice)
    assert client.get(reverse("admin:logout")).status_code == 405
    assert client.post(reverse("admin:logout")).status_code == 200
    assert client.get(reverse("admin:profile")).status_code == 302


def test_a_newcomer_comes_in_by_the_welcome_link(shop: Site, alice: Operator) -> None:
    """SITE-3: invited, link, password, signed in, at work."""
    admin = client_of(alice)
    added = admin.post(
        reverse("admin:desk_membership_add"),
        {"email": "nari@example.com", "name": "Nari", "role": "agent", "sees_personal_data": "on"},
    )
    page = admin.get(added.url).content.decode()
    link = page.split('id="welcome-link">')[1].split("<")[0]
    path = "/desk/" + link.split("/desk/")[1]
    newcomer = Client()
    assert newcomer.post(path, {"name": "Nari", "password": "short"}).status_code == 200
    assert newcomer.post(path, {"name": "Nari Kim", "password": PASSWORD}).status_code == 302
    assert _try(newcomer, "nari@example.com", PASSWORD) == 302
    assert newcomer.get(reverse("admin:profile")).status_code == 200
    assert "welcome-link" not in admin.get(added.url).content.decode()


def test_the_last_administrator_is_told_why(shop: Site, alice: Operator) -> None:
    path = reverse("admin:desk_membership_change", args=[Membership.objects.get(operator=alice).pk])
    response = client_of(alice).post(path, {"role": "viewer"})
    assert response.status_code == 200
    assert "at least one administrator" in response.content.decode()


def test_a_key_shows_its_secret_once(shop: Site, alice: Operator) -> None:
    """API-2."""
    client = client_of(alice)
    made = client.post(reverse("admin:desk_apikey_add"), {"name": "Sync"})
    secret = made.content.decode().split('id="access-secret">')[1].split("<")[0]
    assert "no-store" in made.headers["Cache-Control"]
    assert secret not in client.get(reverse("admin:desk_apikey_changelist")).content.decode()
    assert secret not in str(list(AuditEntry.objects.values_list()))


def test_secrets_come_only_when_asked_for(shop: Site, alice: Operator) -> None:
    """SITE-1: shown on demand, with a line in the log."""
    client = client_of(alice)
    assert shop.member_hash_secret not in client.get(reverse("admin:settings_plugin")).content.decode()
    shown = client.post(reverse("admin:show_secrets"))
    assert shop.member_hash_secret in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert AuditEntry.objects.filter(action="site.showSecret", operator=alice).exists()


def test_settings_are_saved_for_the_site_on_show_only(shop: Site, elsewhere: Site, alice: Operator) -> None:
    """SITE-2."""
    client_of(alice).post(
        reverse("admin:settings_plugin"),
        {"allowed_origins": "https://Shop.example/", "asks_email": "on", "member_hash_mode": "required"},
    )
    shop.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (shop.allowed_origins, shop.asks_mobile_number, shop.member_hash_mode) == (
        ["https://shop.example"],
        False,
        "required",
    )
    assert (elsewhere.allowed_origins, elsewhere.member_hash_mode) == ([], "off")


_GENERAL = {
    "name": "Shop",
    "language": "ko",
    "time_zone": "Asia/Seoul",
    "phone_country": "KR",
    "retention_policy": "kr",
}


def test_the_list_of_junk_is_edited_with_the_settings(shop: Site, alice: Operator) -> None:
    """UNI-14: shown one a line, saved with an entry in the audit log."""
    client = client_of(alice)
    assert "undefined\n" in client.get(reverse("admin:settings")).content.decode()
    client.post(reverse("admin:settings"), {**_GENERAL, "junk_values": "kiosk\r\n010-9999-9999\r\n"})
    shop.refresh_from_db()
    assert shop.junk_values == ["kiosk", "010-9999-9999"]
    assert "junk_values" in AuditEntry.objects.get(action="site.change").details


def test_settings_saved_without_the_list_of_junk_leave_it(shop: Site, alice: Operator) -> None:
    before = shop.junk_values
    client_of(alice).post(reverse("admin:settings"), {**_GENERAL, "name": "New"})
    shop.refresh_from_db()
    assert (shop.name, shop.junk_values) == ("New", before)


def test_a_refused_setting_does_not_show_in_the_frame(shop: Site, alice: Operator) -> None:
    response = client_of(alice).post(reverse("admin:settings"), {"name": "Ghost", "time_zone": "Mars/Olympus"})
    page = response.content.decode()
    assert "Nothing was saved yet" in page
    assert '<span class="site-name sidebar-text">Shop</span>' in page


@pytest.mark.parametrize(("path", "status"), [("/desk/no-such-page/", 404), ("/nowhere", 404)])
def test_a_page_that_is_not_there_says_so_in_style(path: str, status: int, alice: Operator) -> None:
    response = client_of(alice).get(path)
    assert response.status_code == status
    assert "error-page" in response.content.decode()


def test_a_program_gets_errors_in_its_own_shape(db: None) -> None:
    """api.md, Errors."""
    response = Client().get("/api/no-such-call")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_a_form_without_its_token_is_explained(alice: Operator) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(reverse("admin:profile"), {"name": "x"})
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_a_breakdown_has_a_page_that_needs_no_database(rf: object, db: None, django_assert_num_queries: object) -> None:
    from desk.admin.errors import server_error  # noqa: PLC0415

    with django_assert_num_queries(0):
        response = server_error(rf.get("/desk/"))  # type: ignore[attr-defined]
    assert response.status_code == 500
    assert "error-page" in response.content.decode()
