"""``manage.py create_api_key SITE_ID``: access to the open API of one site."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from desk.actors import SYSTEM
from desk.api_keys import create_api_key
from desk.models import Site


class Command(BaseCommand):
    """See the module."""

    help = "Create a key of the open API; its secret is printed once and never again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("site_id", help="the short site id, for example SHOP")
        parser.add_argument("--name", default="command line", help="what the key is for")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        site = Site.objects.filter(code=options["site_id"]).first()
        if site is None:
            raise CommandError(f"There is no site {options['site_id']}.")
        made = create_api_key(site, options["name"], actor=SYSTEM)
        if options["json"]:
            self.stdout.write(json.dumps({"accessKey": made.key.access_key, "accessSecret": made.secret}))
            return
        self.stdout.write(f"accessKey: {made.key.access_key}")
        self.stdout.write(f"accessSecret: {made.secret}")
        self.stdout.write("The secret is not stored and cannot be shown again.")
