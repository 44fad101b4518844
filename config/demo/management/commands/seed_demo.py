"""``seed_demo --contacts N [--site-id SHOP]``: realistic people at any size (api.md, "Commands")."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.demo.data.seeding import Scale, seed
from desk.models import Site


class Command(BaseCommand):
    help = "Adds realistic sample contacts with visits, events and tags to a site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--contacts", type=int, required=True, help="how many, anonymous visitors included")
        parser.add_argument("--site-id", help="the site's short id; may be left out when there is only one site")
        parser.add_argument("--anonymous", type=float, help="share of anonymous visitors in percent (60; small: 30)")
        parser.add_argument("--visits", type=int, help="at most so many visits each (1; small sizes: 12)")
        parser.add_argument("--events", type=int, help="at most so many events each (5; small sizes: 60)")
        parser.add_argument("--seed", type=int, default=1, help="the same number on an empty site: the same people")

    def handle(self, *args: Any, **options: Any) -> None:
        site = _site(options["site_id"])
        anonymous = options["anonymous"]
        if options["contacts"] < 0 or not (anonymous is None or 0 <= anonymous <= 100):
            raise CommandError("--contacts must be 0 or more, --anonymous between 0 and 100.")
        scale = Scale(
            contacts=options["contacts"],
            anonymous=None if anonymous is None else anonymous / 100,
            visits=options["visits"],
            events=options["events"],
        )
        seeded = seed(site, scale, seed=options["seed"], progress=lambda done: self._tell(done, scale.contacts))
        for table, count in seeded.rows.items():
            self.stdout.write(f"{table:<28} {count:>12,}")
        rate = scale.contacts / max(seeded.seconds, 0.001)
        self.stdout.write(f"{seeded.seconds:.1f} s, {rate:,.0f} contacts/s, site {site.code}")

    def _tell(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done:,} of {total:,}", ending="" if done < total else "\n")


def _site(code: str | None) -> Site:
    if code:
        site = Site.objects.filter(code=code).first()
        if site is None:
            raise CommandError(f"There is no site {code}; make it with create_site.")
        return site
    sites = list(Site.objects.all()[:2])
    if len(sites) != 1:
        raise CommandError(
            "Say which site with --site-id." if sites else "There is no site; make one with create_site."
        )
    return sites[0]
