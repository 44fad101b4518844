"""What every table of ours keeps to, so that no site can meet another one (SITE-2) and sharding stays possible."""

from django.apps import apps
from django.db import models

from desk.models import Site

OURS = ("desk", "contacts", "tags", "segments", "chats")

# Tables that belong to the installation, not to a site, and why.
OF_THE_INSTALLATION = {
    "desk.Site": "is the site",
    "desk.Operator": "a person may work for several sites; Membership says which",
    "desk.BrokerMessage": "an envelope for the worker, which carries ids only",
}


def _our_models() -> list[type[models.Model]]:
    return [model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)]


def test_every_table_names_its_site() -> None:
    """SITE-2: a table without a site is a table whose rows nobody can scope."""
    lost = [
        model._meta.label
        for model in _our_models()
        if model._meta.label not in OF_THE_INSTALLATION
        and not any(field.is_relation and field.related_model is Site for field in model._meta.concrete_fields)
        and model._meta.label not in {"desk.Operator_groups", "desk.Operator_user_permissions"}
    ]
    assert lost == [], f"Give {lost} a `site` foreign key, or say in OF_THE_INSTALLATION why they need none."


def test_the_list_of_exceptions_is_current() -> None:
    """An exception for a table that is gone would hide the next one of that name."""
    labels = {model._meta.label for model in _our_models()}
    assert set(OF_THE_INSTALLATION) <= labels


def test_every_primary_key_is_made_by_the_application() -> None:
    """Ids are time-ordered (desk.ids): a batch knows its ids before it is written. BrokerMessage needs only an order."""
    others = [
        model._meta.label
        for model in _our_models()
        if isinstance(model._meta.pk, models.AutoField | models.BigAutoField)
        and model._meta.label not in OF_THE_INSTALLATION
        and not model._meta.auto_created
        and not model._meta.label.startswith("desk.Operator_")
    ]
    assert others == []
