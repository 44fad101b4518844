"""``ensure_demo``: what `make run` shows a newcomer, made on the first start, and the sign-in, told on every start."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo.data.shop import COLLEAGUES, ensure_demo


class Command(BaseCommand):
    help = "Makes the demo site with people, tags, segments and operators, and prints the sign-in. Needs DEMO."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is no demo installation: DEMO is off.")
        demo = ensure_demo()
        width = max(len(colleague.email) for colleague in COLLEAGUES)
        self.stdout.write(f"Demo site {demo.site.code}, plugin key {demo.site.plugin_key}")
        self.stdout.write(f"Demo shop: {settings.PUBLIC_URL}/shop/")
        self.stdout.write("Sign in with one of")
        for colleague in COLLEAGUES:
            self.stdout.write(f"  {colleague.email:<{width}}  {colleague.role}")
        self.stdout.write(f"and the password {demo.password} (kept in {settings.DATA_DIR / 'demo_password'}).")
