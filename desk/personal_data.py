"""What every table holds of people, and when that goes (RET-4): declared field by field, each app for its own tables.

``tests/architecture/test_personal_data.py`` walks all models, those of libraries too, and fails until every field that
can hold a text, a document, bytes or a day is declared. docs/privacy.md is written from here (``write_privacy``). What
is declared is done elsewhere: in the erasure participants of ``contacts.erasing`` and in what forgets by the clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.apps import apps
from django.db import models

from desk.registry import Registry


class Whose(StrEnum):
    """Whose data a field holds."""

    CONTACTS = "contacts"
    OPERATORS = "operators"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Fields:
    """Some fields of one table and what becomes of them.

    ``participant``: the erasure participant that deletes or empties them with the person. ``fate``: the same in words,
    or what happens instead.
    """

    names: tuple[str, ...]
    whose: Whose
    fate: str
    participant: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """One table, by its label."""

    model: str
    parts: tuple[Fields, ...]

    def names(self) -> list[str]:
        """The fields that were declared, in order."""
        return [name for part in self.parts for name in part.names]


personal_data: Registry[Declared] = Registry("personal data")


def declare(model: str, *parts: Fields) -> None:
    """Say of the table ``model`` ("<app label>.<Model>") what its fields hold."""
    personal_data.register(model, Declared(model, parts))


def erased(names: str, participant: str, fate: str = "its row is deleted with the person") -> Fields:
    """Fields about contacts that the erasure participant ``participant`` deletes or empties."""
    return Fields(tuple(names.split()), Whose.CONTACTS, fate, participant)


def of_contacts(names: str, fate: str) -> Fields:
    """Fields about contacts that go otherwise: ``fate`` says when."""
    return Fields(tuple(names.split()), Whose.CONTACTS, fate)


def of_operators(names: str, fate: str) -> Fields:
    """Fields about the people who work in the desk."""
    return Fields(tuple(names.split()), Whose.OPERATORS, fate)


def nothing(names: str, why: str = "words of the desk itself") -> Fields:
    """Fields that hold nothing about anybody: ``why``."""
    return Fields(tuple(names.split()), Whose.NOBODY, why)


# --- what has to be declared ----------------------------------------------------------------------------------

_TELLING = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.GenericIPAddressField,
    models.FileField,
    models.UUIDField,
    models.DateField,
)


def telling_fields(model: type[models.Model]) -> list[str]:
    """The fields of a table that can tell about somebody: texts, documents, bytes, addresses and days.

    Not those with a fixed list of choices, and neither numbers nor moments: they say when something was done, and of a
    row that goes they go along.
    """
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, _TELLING)
        and not isinstance(field, models.DateTimeField | models.GeneratedField)
        and not field.choices
        and not field.is_relation
    ]


def all_models() -> list[type[models.Model]]:
    """Every table, those of libraries and those between two others included."""
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


# --- the page -------------------------------------------------------------------------------------------------

BEGIN, END = "<!-- written by manage.py write_privacy -->", "<!-- end -->"


def as_markdown() -> str:
    """The tables of docs/privacy.md: who is told about where, and when it goes."""
    lines = []
    for whose, title in ((Whose.CONTACTS, "Of contacts"), (Whose.OPERATORS, "Of operators")):
        lines += [f"### {title}", "", "| Table | Fields | What becomes of it |", "|---|---|---|", *_rows(whose), ""]
    tables = ", ".join(f"`{one.model}`" for one in _sorted() if all(part.whose == Whose.NOBODY for part in one.parts))
    return "\n".join([*lines, "### Of nobody", "", f"Nothing personal is in {tables}."])


def _rows(whose: Whose) -> Iterator[str]:
    for one in _sorted():
        for part in one.parts:
            if part.whose == whose:
                by = f" (`{part.participant}`)" if part.participant else ""
                yield f"| `{one.model}` | {', '.join(f'`{name}`' for name in part.names)} | {part.fate}{by} |"


def _sorted() -> list[Declared]:
    return sorted(personal_data, key=lambda one: one.model)
