"""FIL-2: ``web.browser``, ``web.os``, ``web.device``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.browsers import Browser, parse_user_agent

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", ("Chrome", "Windows", "desktop")),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 Edg/130.0", ("Edge", "Windows", "desktop")),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Whale/4.28 Safari/537.36", ("Whale", "Windows", "desktop")),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", ("Firefox", "Linux", "desktop")),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/17.0 Safari/605.1",
            ("Safari", "macOS", "desktop"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Mobile/15E148 KAKAOTALK 10.4",
            ("KakaoTalk", "iOS", "mobile"),
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14; SM-S911N) {CHROME} Mobile Safari/537.36 SamsungBrowser/25.0",
            ("Samsung Internet", "Android", "mobile"),
        ),
        (f"Mozilla/5.0 (Linux; Android 14; SM-X710) {CHROME} Safari/537.36", ("Chrome", "Android", "tablet")),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Mobile Safari/604.1",
            ("Safari", "iPadOS", "tablet"),
        ),
        ("curl/8.0", ("", "", "")),
        ("", ("", "", "")),
    ],
)
def test_a_browser_is_named_by_its_family(agent: str, expected: tuple[str, str, str]) -> None:
    assert parse_user_agent(agent) == Browser(*expected)


@given(st.text(max_size=300))
def test_any_header_is_read(agent: str) -> None:
    found = parse_user_agent(agent)
    assert max(len(found.browser), len(found.os), len(found.device)) <= 40
