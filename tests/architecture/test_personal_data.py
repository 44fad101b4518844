"""RET-4, architecture.md idea 7: it is declared of every field what it holds of people and what erasing does with it."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models

from contacts.erasing import erasure_participants
from desk.management.commands import write_privacy
from desk.personal_data import Whose, all_models, personal_data, telling_fields

MODELS = {model._meta.label: model for model in all_models()}


def test_every_table_is_declared() -> None:
    """Also those of Django and of libraries."""
    missing = sorted(set(MODELS) - set(personal_data.names()))
    assert missing == [], (
        f"Nothing is known of the data in {missing}. Say in <app>/personal_data.py (desk/declared_data.py for tables of "
        "libraries) of each text, document, bytes or day of it whose it is and what becomes of it: `declare(model, "
        "erased(names, participant), of_contacts(names, fate), of_operators(names, fate), nothing(names, why))`; a table "
        "without such fields: `declare(model)`. Data about contacts needs an erasure participant (contacts.erasing)."
    )


@pytest.mark.parametrize("label", sorted(set(MODELS) & set(personal_data.names())))
def test_every_field_that_can_tell_about_somebody_is_declared(label: str) -> None:
    """A new column is noticed here."""
    names = personal_data.get(label).names()
    missing = sorted(set(telling_fields(MODELS[label])) - set(names))
    assert missing == [], (
        f"{label} has {missing}, of which nothing is declared. Add them to `declare({label!r}, …)`: `erased` when an "
        "erasure participant deletes or empties them with the person (then see that it does: "
        "tests/config/test_nothing_is_left.py), `of_contacts` or `of_operators` with the words that say when they go, "
        "`nothing` when they tell about nobody. Then run manage.py write_privacy."
    )
    assert len(names) == len(set(names))


def test_nothing_is_declared_that_is_not_there() -> None:
    """A name nobody needs would hide a typing error."""
    there = {label: {field.name for field in model._meta.concrete_fields} for label, model in MODELS.items()}
    strange = [
        f"{one.model}.{name}"
        for one in personal_data
        for name in one.names()
        if name not in there.get(one.model, set())
    ]
    assert strange == []
    assert sorted(set(personal_data.names()) - set(MODELS)) == []


def test_whatever_is_to_be_erased_names_who_erases_it() -> None:
    """And the other way round: a participant that nothing is declared of does what nobody knows."""
    named = {part.participant for one in personal_data for part in one.parts if part.participant}
    assert named - set(erasure_participants.names()) == set()
    of_contacts = {relation.rsplit(".", 1)[0] for one in erasure_participants for relation in one.covers}
    told = {one.model for one in personal_data for part in one.parts if part.whose is Whose.CONTACTS}
    without_texts = {"chats.ContactChats", "tags.ContactGrade"}
    assert of_contacts - told == without_texts


def test_a_field_that_was_forgotten_is_noticed() -> None:
    """So that the tests above can fail."""

    class Diary(models.Model):
        title = models.CharField(max_length=9)
        pages = models.JSONField()
        scan = models.BinaryField()
        day = models.DateField()
        kind = models.CharField(max_length=1, choices=[("a", "A")])
        at = models.DateTimeField()

        class Meta:
            app_label = "desk"
            managed = False

    del apps.all_models["desk"]["diary"]
    apps.clear_cache()
    assert telling_fields(Diary) == ["title", "pages", "scan", "day"]


def test_the_page_about_privacy_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/privacy.md; run manage.py write_privacy when this fails."""
    call_command("write_privacy", "--check")
    monkeypatch.setattr(write_privacy, "as_markdown", lambda: "another page")
    with pytest.raises(CommandError):
        call_command("write_privacy", "--check")
