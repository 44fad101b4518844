"""The frame: what every page has, in whose language, under which policy, and what it never does."""

import re
import zoneinfo
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from desk.admin.navigation import Entry, Section, navigation, shown_sections
from desk.look import icon_names, token_colors
from desk.models import Membership, Operator, Role, Site
from desk.palette import MAX_HITS, Hit, palette_sources
from tests.conftest import client_of
from tests.factories import MembershipFactory, OperatorFactory

ROOT = Path(__file__).resolve().parents[3]
PAGES = ["profile", "components", "settings", "settings_plugin", "site_list", "desk_membership_changelist",
         "desk_membership_add", "desk_apikey_changelist", "desk_apikey_add", "desk_auditentry_changelist",
         "password_change", "password_change_done"]  # fmt: skip
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_to_the_content_policy(name: str, alice: Operator) -> None:
    """No inline script, style or handler, and nothing from another host."""
    response = client_of(alice).get(reverse(f"admin:{name}"))
    page = response.content.decode()
    assert response.status_code == 200
    assert "script-src 'self'; style-src 'self'" in "; ".join(
        sorted(response.headers["Content-Security-Policy"].split("; "))
    )
    assert INLINE.findall(page) == []
    # What stands between <pre> tags is text to copy, not markup.
    sources = re.findall(r'(?:src|href|action)="([^"]+)"', re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL))
    assert [source for source in sources if source.startswith(("http:", "https:", "//"))] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_heading_of_the_first_rank_and_a_title(name: str, alice: Operator) -> None:
    page = client_of(alice).get(reverse(f"admin:{name}")).content.decode()
    assert page.count("<h1") == 1
    assert re.search(r"<title>\s*\S", page)


def test_no_template_of_ours_has_anything_inline() -> None:
    """Also the pages that no test opens."""
    guilty = {
        str(path.relative_to(ROOT)): found
        for path in (ROOT / "templates").rglob("*.html")
        if "demo" not in path.parts and (found := INLINE.findall(path.read_text(encoding="utf-8")))
    }
    assert guilty == {}


def test_no_style_sheet_names_a_colour_outside_the_tokens() -> None:
    """One file of tokens; white in a mask or mix is drawing, not a colour of the desk."""
    css = ROOT / "desk" / "static" / "desk" / "css"
    guilty = {
        path.name: found
        for path in css.glob("*.css")
        if path.name != "tokens.css"
        and (
            found := [hit for hit in re.findall(r"(?<!%23)#[0-9a-fA-F]{3,8}\b", path.read_text()) if hit not in ALLOWED]
        )
    }
    assert guilty == {}


ALLOWED = {"#fff", "#14171c", "#f4f5f7"}


def test_every_token_that_is_used_exists() -> None:
    defined: set[str] = set()
    used: set[str] = set()
    for path in ROOT.glob("*/static/**/*.css"):
        if "demo" in path.parts or "plugin" in path.name:
            continue
        text = path.read_text(encoding="utf-8")
        defined |= set(re.findall(r"(--[a-z0-9-]+)\s*:", text))
        used |= set(re.findall(r"var\((--[a-z0-9-]+)\)", text))
    assert used - defined == set()
    assert "accent" in token_colors()


def test_every_icon_that_a_template_names_is_drawn() -> None:
    named = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert named - icon_names() == set()


@pytest.mark.parametrize(("language", "word"), [("en", "Sign out"), ("ko", 'html lang="ko"'), ("ja", 'html lang="ja"')])
def test_the_desk_speaks_the_operators_language(language: str, word: str, alice: Operator) -> None:
    """L10N-1."""
    Operator.objects.filter(pk=alice.pk).update(language=language)
    assert word in client_of(alice).get(reverse("admin:profile")).content.decode()


def test_the_language_is_chosen_before_signing_in(db: None) -> None:
    """L10N-1: kept in a cookie."""
    client = Client()
    response = client.post(reverse("admin:set_language"), {"language": "ja", "next": "/desk/login/"})
    assert response.url == "/desk/login/"
    assert '<html lang="ja"' in client.get("/desk/login/").content.decode()


def test_a_language_chosen_at_the_desk_stays_with_the_operator(alice: Operator) -> None:
    client_of(alice).post(reverse("admin:set_language"), {"language": "ja"})
    alice.refresh_from_db()
    assert alice.language == "ja"


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_a_small_post_never_leads_to_another_host(where: str, alice: Operator) -> None:
    response = client_of(alice).post(reverse("admin:set_language"), {"language": "en", "next": where})
    assert response.url == reverse("admin:index")


def test_appearance_and_sidebar_are_remembered_on_every_machine(alice: Operator) -> None:
    client_of(alice).post(reverse("admin:set_theme"), {"theme": "dark"})
    client_of(alice).post(reverse("admin:preferences"), {"name": "sidebar", "value": "closed"})
    page = client_of(alice).get(reverse("admin:profile")).content.decode()
    assert 'data-theme="dark" data-sidebar="closed"' in page


@pytest.mark.parametrize(("name", "value"), [("sidebar", "sideways"), ("columns", "open"), ("", "")])
def test_an_unknown_preference_is_refused(name: str, value: str, alice: Operator) -> None:
    assert client_of(alice).post(reverse("admin:preferences"), {"name": name, "value": value}).status_code == 400


def test_switching_shows_the_other_site(shop: Site, elsewhere: Site, alice: Operator) -> None:
    """SITE-3: one site at a time."""
    MembershipFactory(site=elsewhere, operator=alice, role=Role.VIEWER)
    client = client_of(alice)
    client.post(reverse("admin:choose_site"), {"site": shop.pk})
    assert client.get(reverse("admin:settings")).status_code == 200
    client.post(reverse("admin:choose_site"), {"site": elsewhere.pk})
    assert client.get(reverse("admin:settings")).status_code == 403  # only a viewer there


def test_who_leaves_the_team_no_longer_sees_the_site(shop: Site, elsewhere: Site, alice: Operator) -> None:
    """SITE-3: at the next request, without signing in again."""
    MembershipFactory(site=elsewhere, operator=alice, role=Role.ADMIN)
    client = client_of(alice)
    client.post(reverse("admin:choose_site"), {"site": shop.pk})
    Membership.objects.filter(site=shop).delete()
    page = client.get(reverse("admin:settings")).content.decode()
    assert "Elsewhere" in page
    assert "SHOP" not in page


def test_an_operator_without_a_site_is_told_what_to_do(db: None) -> None:
    operator = OperatorFactory(name="Nobody", email="nobody@example.com")
    response = client_of(operator).get(reverse("admin:index"))
    assert response.status_code == 403
    assert "Ask an administrator" in response.content.decode()


def test_html_in_names_is_shown_as_text(shop: Site, alice: Operator) -> None:
    """HTML in a name of a site, an operator or a key is text everywhere."""
    evil = "<img src=x onerror=alert(1)>"
    Site.objects.filter(pk=shop.pk).update(name=evil)
    Operator.objects.filter(pk=alice.pk).update(name=evil)
    client = client_of(alice)
    client.post(reverse("admin:desk_apikey_add"), {"name": evil})
    for name in PAGES:
        assert "<img src=x" not in client.get(reverse(f"admin:{name}")).content.decode(), name


def test_times_are_those_of_the_site(shop: Site, alice: Operator) -> None:
    """SITE-1: midnight is the site's midnight."""
    Site.objects.filter(pk=shop.pk).update(time_zone="Asia/Tokyo")
    client = client_of(alice)
    client.post(reverse("admin:set_theme"), {"theme": "dark"})
    client.post(reverse("admin:rotate_plugin_key"))
    entry = shop.audit_entries.get(action="site.rotatePluginKey")
    page = client.get(reverse("admin:desk_auditentry_changelist")).content.decode()
    assert entry.at.astimezone(zoneinfo.ZoneInfo("Asia/Tokyo")).strftime("%H:%M:%S") in page


def test_a_section_without_lines_is_left_out(alice: Operator, bob: Operator) -> None:
    """SITE-3: Settings is for those who may."""
    assert ">Settings<" in client_of(alice).get(reverse("admin:profile")).content.decode()
    assert ">Settings<" not in client_of(bob).get(reverse("admin:profile")).content.decode()


@pytest.fixture
def late_section() -> object:
    asked: list[str] = []

    def entries(request: object) -> list[Entry]:
        return [Entry("Slow", "/desk/slow/", "clock", count=lambda: asked.append("asked") or 7)]  # type: ignore[func-returns-value]

    navigation.register("test", Section("test", "", 5, entries))
    yield asked
    navigation._items.pop("test")


def test_a_count_that_costs_is_asked_after_the_page(alice: Operator, late_section: list[str]) -> None:
    client = client_of(alice)
    assert "data-late-count" in client.get(reverse("admin:profile")).content.decode()
    assert late_section == []
    told = client.get(reverse("admin:counts")).json()
    assert (told["counts"], told["ages"]) == ({"/desk/slow/": 7, **_others(client)}, {})


def _others(client: Client) -> dict[str, int]:
    counts = client.get(reverse("admin:counts")).json()["counts"]
    return {url: count for url, count in counts.items() if url != "/desk/slow/"}


def test_the_line_of_the_page_is_marked(rf: object, alice: Operator) -> None:
    page = client_of(alice).get(reverse("admin:settings_plugin")).content.decode()
    current = re.findall(r'<a class="nav-link" href="([^"]+)" aria-current="page"', page)
    assert current == [reverse("admin:settings_plugin")]
    assert shown_sections is not None


@pytest.fixture
def busy_palette() -> object:
    palette_sources.register(
        "test", lambda access, query: [Hit(f"<b>{query}{n}", "", "/", "person") for n in range(50)]
    )
    yield
    palette_sources._items.pop("test")


def test_the_palette_answers_twenty_at_most(alice: Operator, busy_palette: None) -> None:
    hits = client_of(alice).get(reverse("admin:palette"), {"q": "zz"}).json()["hits"]
    assert len(hits) == MAX_HITS


def test_the_palette_knows_pages(alice: Operator) -> None:
    hits = client_of(alice).get(reverse("admin:palette"), {"q": "audit"}).json()["hits"]
    assert reverse("admin:desk_auditentry_changelist") in [hit["url"] for hit in hits]


def test_a_list_page_is_light(shop: Site, alice: Operator, django_assert_max_num_queries: object) -> None:
    """screens.md: at most 60 kB; queries: session, operator, membership, switcher, count, rows and the sidebar's."""
    for n in range(60):
        MembershipFactory(site=shop, operator=OperatorFactory(name=f"이서연 {n}"))
    client = client_of(alice)
    client.get(reverse("admin:profile"))  # what is remembered for a minute is remembered by now
    with django_assert_max_num_queries(12):
        response = client.get(reverse("admin:desk_membership_changelist"))
    assert len(response.content) < 60_000
