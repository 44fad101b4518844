"""``write_privacy [--check]``: the tables of docs/privacy.md from what the apps declare (``desk.personal_data``)."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from desk.personal_data import BEGIN, END, as_markdown

PAGE = Path("docs") / "privacy.md"


class Command(BaseCommand):
    help = "Writes the tables of docs/privacy.md from what the apps declare about personal data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only compare; exit with 1 when they differ.")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / PAGE
        page = path.read_text("utf-8")
        before, _begin, rest = page.partition(BEGIN)
        _old, _end, after = rest.partition(END)
        wanted = f"{before}{BEGIN}\n\n{as_markdown()}\n\n{END}{after}"
        if check and wanted != page:
            raise CommandError(f"{PAGE} is not what the apps declare. Run: python manage.py write_privacy")
        if not check:
            path.write_text(wanted, "utf-8")
