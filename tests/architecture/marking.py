"""Fills a site with rows of every table, every text of which can be recognised anywhere.

The crawl of ``test_site_scoping`` looks for ``MARK`` in what another site's operator gets to see. A table that this
module cannot fill makes the crawl fail, with instructions: a table that is not filled is a table that is not watched.
"""

import datetime
import itertools
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone

from contacts.models import Contact
from desk.models import Operator, Role, Site
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory

OURS = ("desk", "contacts", "tags", "segments", "chats")
MARK = "zq9leak"
_numbers = itertools.count(1)


TAG = "<zq9tag"
_pattern = [MARK + "{}"]


def mark() -> str:
    """A text found nowhere else, short enough for most columns."""
    return _pattern[0].format(next(_numbers))


def fill_with_html(site: Site) -> dict[type[models.Model], models.Model]:
    """As ``fill``, but every text is a tag: on a page it must be text."""
    _pattern[0] = TAG + "{}>"
    try:
        return fill(site)
    finally:
        _pattern[0] = MARK + "{}"


def of_site_models() -> list[type[models.Model]]:
    """Every table of ours that belongs to a site."""
    return [
        model
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if any(field.is_relation and field.related_model is Site for field in model._meta.concrete_fields)
    ]


def fill(site: Site) -> dict[type[models.Model], models.Model]:
    """One marked row of every table of ``site``."""
    Site.objects.filter(pk=site.pk).update(
        name=mark(), plugin_key=mark(), allowed_origins=[f"https://{mark()}.example"]
    )
    site.refresh_from_db()
    operator = OperatorFactory(name=mark(), email=f"{mark()}@example.com")
    made: dict[type[models.Model], models.Model] = {Site: site, Operator: operator}
    made[apps.get_model("desk.Membership")] = MembershipFactory(site=site, operator=operator, role=Role.ADMIN)
    contact = ContactFactory(
        site=site,
        member_id=mark(),
        name=mark(),
        email=f"{mark()}@example.com",
        mobile_number="+821055550199",
        memo=mark(),
        address=mark(),
        values={mark(): mark()},
    )
    made[Contact] = contact
    made[apps.get_model("contacts.ContactProfile")] = contact.profile
    for model in of_site_models():
        if model not in made:
            made[model] = _row(model, made)
    return made


def _row(model: type[models.Model], made: dict[type[models.Model], models.Model]) -> models.Model:
    existing = model._default_manager.filter(site=made[Site]).first()
    if existing is not None:
        return existing
    special = _SPECIAL.get(model._meta.label, {})
    values = {
        field.name: special[field.name](made) if field.name in special else _value(field, made)
        for field in model._meta.concrete_fields
        if field.name in special or _wanted(field)
    }
    try:
        row = model(**values)
        row.save(force_insert=True)
    except Exception as error:
        raise AssertionError(
            f"tests/architecture/marking.py cannot make a {model._meta.label}: {error}. Say in _SPECIAL how."
        ) from error
    return row


def _wanted(field: Any) -> bool:
    if field.primary_key and not field.is_relation:
        return False
    return not isinstance(field, models.GeneratedField)


def _value(field: Any, made: dict[type[models.Model], models.Model]) -> Any:
    if field.is_relation:
        return made.get(field.related_model) or (None if field.null else _row(field.related_model, made))
    if field.choices:
        return next(value for value, _label in field.flatchoices if value != "")
    if field.has_default() and not isinstance(field, models.JSONField):
        default = field.get_default()
        if default not in ("", None):
            return default
    return _plain(field)


def _plain(field: Any) -> Any:
    match field:
        case models.GenericIPAddressField():
            return "203.0.113.77"
        case models.JSONField():
            return {mark(): mark()} if isinstance(field.get_default(), dict) else [mark()]
        case models.CharField() | models.TextField():
            return mark()[: field.max_length or None]
        case models.BinaryField():
            return mark().encode()
        case models.DateTimeField():
            return timezone.now()
        case models.DateField():
            return datetime.date(2026, 1, 1)
        case models.BooleanField():
            return False
        case models.IntegerField():
            return 1
    raise AssertionError(f"tests/architecture/marking.py does not know {type(field).__name__}: teach it in _plain")


def _somebody_else(made: dict[type[models.Model], models.Model]) -> Contact:
    """A lead beside the marked member; made later, so it has the greater id."""
    return ContactFactory(site=made[Site], name=mark())


def _nothing(made: dict[type[models.Model], models.Model]) -> None:
    return None


# Columns whose value follows a rule that a plain mark would break.
_SPECIAL: dict[str, dict[str, Callable[[dict[type[models.Model], models.Model]], Any]]] = {
    "tags.ContactTag": {"source": lambda made: "operator"},
    "tags.Tag": {"source": lambda made: "operator"},
    "contacts.RetentionRun": {"counts": lambda made: {f"member.{mark()}": 7}},
    "segments.Segment": {"filter": lambda made: {}, "owner": _nothing, "shared": lambda made: True},
    "desk.AuditEntry": {"details": lambda made: {"name": mark()}},
    "desk.ApiKey": {"revoked_at": _nothing},
    "desk.Job": {"finished_at": _nothing},
    "chats.Chat": {"closed_at": _nothing, "state": lambda made: "waiting"},
    "chats.Category": {"parent": _nothing},
    "chats.ChatRequest": {"answered_at": _nothing},
    "chats.LookupQueryItem": {"options": lambda made: [{"value": mark(), "label": mark()}]},
    "chats.RoutingRule": {
        "filter": lambda made: {},
        "chat": lambda made: {"page": {"op": "contains", "text": mark()}},
        "actions": lambda made: [{"action": "tagRoom", "tags": [mark()]}],
    },
    "chats.Routing": {"refused": lambda made: {"tagRoom": {"code": "tag_name", "name": mark()}}},
    "chats.PanelTab": {"url": lambda made: f"https://{mark().strip('<>')}.example/"},
    "contacts.MergeSuggestion": {"second": _somebody_else},
    "contacts.PendingMerge": {"contact": _somebody_else},
}


def snapshot(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    """Every value of every row of the site, to see whether anything was changed."""
    rows: dict[str, list[tuple[Any, ...]]] = {"desk.Site": list(Site.objects.filter(pk=site.pk).values_list())}
    for model in of_site_models():
        try:
            model._meta.get_field("id")
            order = "id"
        except FieldDoesNotExist:
            order = "pk"
        rows[model._meta.label] = list(model._default_manager.filter(site=site).order_by(order).values_list())
    return rows
