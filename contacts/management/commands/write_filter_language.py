"""``write_filter_language [--check]``: docs/filter-language.md from the registered filter fields."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from contacts.filters.reference import filter_language

PAGE = Path("docs") / "filter-language.md"


class Command(BaseCommand):
    help = "Writes docs/filter-language.md from the registered filter fields."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is not current")

    def handle(self, *args: Any, **options: Any) -> None:
        page, text = Path(settings.BASE_DIR) / PAGE, filter_language()
        if options["check"]:
            if not page.exists() or page.read_text(encoding="utf-8") != text:
                raise CommandError(f"{PAGE} is not current: run manage.py write_filter_language")
            return
        page.write_text(text, encoding="utf-8")
        self.stdout.write(f"{PAGE} written")
