"""``manage.py enforce_retention [--site-id SHOP] [--at ISO] [--dry-run] [--json]``: RET-6, what the nightly sweep does.

A dry run prints, word for word, what the real run would print.
"""

import datetime
import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contacts.retention import today_of
from contacts.sweeping import plan_sweep, sweep
from desk.actors import SYSTEM
from desk.models import Site

_YEARS = range(1970, 9000)


class Command(BaseCommand):
    """See the module."""

    help = "Delete everybody whose retention period is over, and print how many they were."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site-id", metavar="SHOP", help="this site only (default: every site)")
        parser.add_argument("--at", metavar="TIME", help="as if it were this time, for example 2027-01-01T00:00:00Z")
        parser.add_argument("--dry-run", action="store_true", help="print what would go, and delete nobody")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now() if options["at"] is None else _time(options["at"])
        told = [_done(site, at, dry_run=options["dry_run"]) for site in _sites(options["site_id"])]
        if options["json"]:
            self.stdout.write(json.dumps({"sites": told, "total": sum(one["total"] for one in told)}))
            return
        for one in told:
            self.stdout.write(f"{one['siteId']} {one['day']}")
            for kind, rules in one["counts"].items():
                for rule, count in rules.items():
                    self.stdout.write(f"  {kind} {rule}: {count}")
            self.stdout.write(f"  held: {one['held']}")
            self.stdout.write(f"  total: {one['total']}")


def _done(site: Site, at: datetime.datetime, *, dry_run: bool) -> dict[str, Any]:
    planned = plan_sweep(site, at)
    counts, held = planned.counts, planned.held
    if not dry_run:
        swept = sweep(site, at=at, actor=SYSTEM)
        counts, held = {**dict.fromkeys(planned.counts, 0), **swept.counts}, swept.held
    return {
        "siteId": site.code,
        "day": today_of(site, at).isoformat(),
        "counts": _by_kind(counts),
        "held": held,
        "total": sum(counts.values()),
    }


def _by_kind(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """{"lead": {"twoYears": 3, "threeYears": 0}, …}"""
    nested: dict[str, dict[str, int]] = {}
    for name, count in counts.items():
        kind, _dot, rule = name.partition(".")
        nested.setdefault(kind, {})[rule] = count
    return nested


def _sites(code: str | None) -> list[Site]:
    sites = Site.objects.order_by("code")
    if code is None:
        return list(sites)
    found = list(sites.filter(code=code))
    if not found:
        raise CommandError(f"There is no site “{code}”.")
    return found


def _time(text: str) -> datetime.datetime:
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no time; write it as 2027-01-01T00:00:00Z.") from None
    if at.tzinfo is None:
        raise CommandError(f"“{text}” names no time zone; write it as 2027-01-01T00:00:00Z.")
    if at.year not in _YEARS:
        raise CommandError(f"“{text}” is too far away.")
    return at
