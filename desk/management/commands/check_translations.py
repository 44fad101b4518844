"""``manage.py check_translations``: every text of the desk is there in every language (L10N-1), or this fails.

The texts are collected from the sources by Django's own ``makemessages`` on a copy of the tree, so a check writes
nothing into the checkout. ``--write`` (``make messages``) brings ``locale/`` up to date instead: new texts appear
untranslated, unused ones go, and the ``.mo`` files are compiled. For developers: polib is a requirement of the tests.
"""

import contextlib
import os
import shutil
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.test.utils import override_settings

LANGUAGES = ("ko", "ja")  # what English, the language of the sources, is translated into
FOLDERS = ("config", "desk", "contacts", "tags", "segments", "chats", "templates")
LINE = 120
SHOWN = 30

# What names an entry: its context and its text.
Key = tuple[str | None, str]


class Command(BaseCommand):
    help = "Checks that the catalogues are complete and compiled; --write updates them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="update the .po and .mo files instead")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        sources = self._collect()
        if write:
            if sources is None:
                raise CommandError("Collecting the texts needs gettext (Debian: apt install gettext).")
            for language in LANGUAGES:
                _write(language, sources)
            return
        problems = [problem for language in LANGUAGES for problem in _problems(language, sources)]
        shown = problems if options["verbosity"] > 1 else problems[:SHOWN]
        for problem in shown:
            self.stdout.write(problem)
        if len(shown) < len(problems):
            self.stdout.write(f"… and {len(problems) - len(shown)} more (-v 2 shows all)")
        if problems:
            raise CommandError(f"{len(problems)} texts to see to. `make messages` collects and compiles them.")

    def _collect(self) -> polib.POFile | None:
        """All texts of the sources; None when there is no xgettext to find them with."""
        if shutil.which("xgettext") is None:
            if os.environ.get("CI", "").lower() in {"1", "true"}:
                raise CommandError("gettext is not installed, so the texts of the sources cannot be checked.")
            self.stderr.write("No gettext here: the catalogues are checked, but not against the texts of the sources.")
            return None
        with _copy_of_the_sources() as folder, override_settings(LOCALE_PATHS=[folder / "locale"]):
            call_command("makemessages", all=True, keep_pot=True, add_location="file", verbosity=0)
            return polib.pofile(str(folder / "locale" / "django.pot"))


@contextlib.contextmanager
def _copy_of_the_sources() -> Iterator[Path]:
    """A folder with what holds texts, as working directory (``makemessages`` writes files beside the templates)."""
    with tempfile.TemporaryDirectory(prefix="dangol-texts-") as name:
        folder = Path(name)
        for part in FOLDERS:
            if (settings.BASE_DIR / part).is_dir():
                ignored = shutil.ignore_patterns("static", "migrations", "__pycache__")
                shutil.copytree(settings.BASE_DIR / part, folder / part, ignore=ignored)
        (folder / "locale").mkdir()
        with contextlib.chdir(folder):
            yield folder


def _problems(language: str, sources: polib.POFile | None) -> Iterator[str]:
    """What is wrong with one catalogue, one line each."""
    path = _catalogue_path(language)
    if not path.exists():
        yield f"{language}: there is no {path}"
        return
    catalogue = polib.pofile(str(path))
    entries = {_key(entry): entry for entry in catalogue if not entry.obsolete}
    for entry in sources or ():
        if _key(entry) not in entries:
            where = entry.occurrences[0][0] if entry.occurrences else "?"
            yield f"{language}: missing “{_short(entry)}” ({where})"
    for entry in entries.values():
        if entry.fuzzy:
            yield f"{language}: to be confirmed (fuzzy) “{_short(entry)}”"
        elif not entry.translated():
            yield f"{language}: untranslated “{_short(entry)}”"
    # By contents: after a checkout the times of files say nothing.
    if not path.with_suffix(".mo").exists() or _meanings(polib.mofile(str(path.with_suffix(".mo")))) != _meanings(
        catalogue.translated_entries()
    ):
        yield f"{language}: django.mo was not compiled from django.po"


def _write(language: str, sources: polib.POFile) -> None:
    path = _catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = polib.pofile(str(path), wrapwidth=LINE) if path.exists() else _new_catalogue(language)
    catalogue.merge(sources)
    for entry in catalogue.obsolete_entries():
        catalogue.remove(entry)
    for entry in catalogue:
        if entry.msgid_plural:
            # English has two forms, these languages one; polib would ask for the second as well.
            entry.msgstr_plural = {0: entry.msgstr_plural.get(0, "")}
    catalogue.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))  # so that branches merge
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))


def _new_catalogue(language: str) -> polib.POFile:
    catalogue = polib.POFile(wrapwidth=LINE)
    catalogue.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    return catalogue


def _catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def _key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid


def _meanings(entries: list[polib.POEntry]) -> dict[Key, object]:
    return {_key(entry): entry.msgstr_plural or entry.msgstr for entry in entries if entry.msgid}


def _short(entry: polib.POEntry) -> str:
    text = " ".join(entry.msgid.split())
    return text if len(text) <= 70 else f"{text[:69]}…"
