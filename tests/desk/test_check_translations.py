"""``manage.py check_translations`` on catalogues of its own, filled from the real sources."""

import shutil
from io import StringIO
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

pytestmark = pytest.mark.skipif(shutil.which("xgettext") is None, reason="collecting texts needs gettext")


@pytest.fixture
def catalogue(settings: Settings, tmp_path: Path) -> Path:
    """The Korean catalogue of a complete set; the Japanese one is as complete."""
    settings.LOCALE_PATHS = [tmp_path]
    call_command("check_translations", write=True)
    for language in ("ko", "ja"):
        path = tmp_path / language / "LC_MESSAGES" / "django.po"
        entries = polib.pofile(str(path))
        for entry in entries:
            entry.msgstr = "" if entry.msgid_plural else entry.msgid
            entry.msgstr_plural = {0: entry.msgid_plural} if entry.msgid_plural else {}
        save(path, entries)
    return tmp_path / "ko" / "LC_MESSAGES" / "django.po"


def save(path: Path, entries: polib.POFile, *, compiled: bool = True) -> None:
    entries.save(str(path))
    if compiled:
        entries.save_as_mofile(str(path.with_suffix(".mo")))


def complaints() -> list[str]:
    """What the check says, one line each; empty when it passes."""
    said = StringIO()
    try:
        call_command("check_translations", stdout=said, verbosity=2)
    except CommandError:
        return said.getvalue().splitlines()
    return []


def test_complete_catalogues_pass(catalogue: Path) -> None:
    assert complaints() == []


def test_missing_catalogue_is_reported(settings: Settings, tmp_path: Path) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    assert [line.partition(":")[0] for line in complaints()] == ["ko", "ja"]


def test_text_that_is_not_in_the_catalogue_is_reported_with_its_place(catalogue: Path) -> None:
    entries = polib.pofile(str(catalogue))
    entries.remove(entries.find("membership"))
    save(catalogue, entries)
    assert complaints() == ["ko: missing “membership” (desk/models/membership.py)"]


def test_untranslated_and_unconfirmed_texts_are_reported(catalogue: Path) -> None:
    entries = polib.pofile(str(catalogue))
    entries.find("membership").msgstr = ""
    entries.find("operator").flags.append("fuzzy")
    save(catalogue, entries)
    assert complaints() == ["ko: untranslated “membership”", "ko: to be confirmed (fuzzy) “operator”"]


def test_catalogue_that_was_not_compiled_is_reported(catalogue: Path) -> None:
    entries = polib.pofile(str(catalogue))
    entries.find("membership").msgstr = "자리"
    save(catalogue, entries, compiled=False)
    assert complaints() == ["ko: django.mo was not compiled from django.po"]


def test_writing_keeps_translations_and_drops_unused_texts(catalogue: Path) -> None:
    entries = polib.pofile(str(catalogue))
    entries.find("membership").msgstr = "자리"
    entries.append(polib.POEntry(msgid="nobody says this", msgstr="아무도"))
    save(catalogue, entries)
    call_command("check_translations", write=True)
    written = polib.pofile(str(catalogue))
    assert written.find("membership").msgstr == "자리"
    assert written.find("nobody says this") is None
    assert complaints() == []
