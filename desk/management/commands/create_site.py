"""``manage.py create_site NAME --site-id SHOP``: a new site, its plugin key and its member-hash secret."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from desk.actors import SYSTEM
from desk.models import MemberHashMode, RetentionPolicy
from desk.models.site import Language
from desk.sites import SiteRefused, create_site


class Command(BaseCommand):
    """See the module."""

    help = "Create a site and print its plugin key and member-hash secret."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--site-id", required=True, help="letters and digits, shown in identification numbers")
        parser.add_argument("--retention", choices=[RetentionPolicy.KR, RetentionPolicy.JP], default=RetentionPolicy.KR)
        parser.add_argument("--member-hash", choices=MemberHashMode.values, default=MemberHashMode.OFF)
        parser.add_argument("--language", choices=Language.values, default=Language.KO)
        parser.add_argument("--time-zone", default="Asia/Seoul")
        parser.add_argument("--phone-country", default="KR")
        parser.add_argument("--allowed-origin", action="append", default=[], metavar="ORIGIN", dest="origins")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            site = create_site(
                options["name"],
                options["site_id"],
                actor=SYSTEM,
                retention_policy=options["retention"],
                member_hash_mode=options["member_hash"],
                language=options["language"],
                time_zone=options["time_zone"],
                phone_country=options["phone_country"].upper(),
                allowed_origins=[origin.rstrip("/") for origin in options["origins"]],
            )
        except SiteRefused as refusal:
            reasons = [f"{field}: {' '.join(sentences)}" for field, sentences in refusal.problems.items()]
            raise CommandError("\n".join(reasons)) from None
        told = {
            "id": str(site.pk),
            "siteId": site.code,
            "name": site.name,
            "pluginKey": site.plugin_key,
            "memberHash": site.member_hash_mode,
            "secret": site.member_hash_secret,
        }
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stdout.write(f"Site {site.name} ({site.code})")
        self.stdout.write(f"plugin key: {site.plugin_key}")
        self.stdout.write(f"secret (member hash, {site.member_hash_mode}): {site.member_hash_secret}")
