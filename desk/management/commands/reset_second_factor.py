"""``manage.py reset_second_factor EMAIL``: for an administrator who has lost the phone and the recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from desk import second_factor
from desk.actors import SYSTEM
from desk.models import Operator


class Command(BaseCommand):
    """See the module."""

    help = "End somebody's second factor: the password alone signs them in until they set up another."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        operator = Operator.objects.filter(email=email.strip().lower()).first()
        if operator is None:
            raise CommandError(f"There is no operator {email}.")
        if second_factor.reset(operator, actor=SYSTEM):
            self.stdout.write(f"{operator.email} signs in with the password alone now.")
        else:
            self.stdout.write(f"{operator.email} has no second factor; nothing was changed.")
