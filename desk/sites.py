"""SITE-1: making sites."""

from django.core.exceptions import ValidationError
from django.db import transaction

from desk.actors import Actor
from desk.audit import record
from desk.models import Site


class SiteRefused(Exception):
    """The site cannot be made so; ``problems``: {field: [sentence, …]}."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__(str(problems))
        self.problems = problems


@transaction.atomic
def create_site(name: str, code: str, *, actor: Actor, **settings: object) -> Site:
    """Make a site; ``settings`` are further columns of ``Site``. Raises ``SiteRefused``."""
    site = Site(name=name, code=code, **settings)
    try:
        site.full_clean()
    except ValidationError as error:
        raise SiteRefused(error.message_dict) from None
    site.save(force_insert=True)
    record("site.create", actor=actor, site=site, target=site, details={"code": code})
    return site
