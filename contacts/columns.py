"""LIST-2: a column of the contacts list, and the columns that the contact itself offers.

A column says what it needs from the database, how its cells are made for a whole page at once (so that no column
can cost a statement per row) and by which keys it sorts. It does not know HTML.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from django.db.models import CharField, Expression, F, Field, TextField, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, ContactProfile, FieldType, ProfileField
from desk.models import Site


class Shape(StrEnum):
    """How a cell's value is shown."""

    TEXT = "text"
    NUMBER = "number"
    # A number that is a name: no separators of thousands.
    REFERENCE = "reference"
    DAY = "day"
    TIME = "time"
    FLAG = "flag"
    LIST = "list"
    KIND = "kind"
    PHONE = "phone"
    EMAIL = "email"
    # Objects with ``name`` and ``color``.
    TAGS = "tags"


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an order. Empty values come last, whichever the direction.

    ``nullable=False`` promises a value in every row, which lets PostgreSQL read the order from an index.
    """

    expression: str | Expression
    nullable: bool = True

    @property
    def resolvable(self) -> Any:
        return F(self.expression) if isinstance(self.expression, str) else self.expression


Values = Callable[[Site, Sequence[Contact]], Sequence[object]]


@dataclass(frozen=True, slots=True)
class Column:
    """``name`` is public (domain.md, section 0); ``values`` answers one value per contact, in order.

    ``needs``: the columns of the contact (or ``profile__…``) to load with the page. ``personal``: the public name
    of the detail for ``contacts.masking`` when the column holds personal data (SITE-4), and empty otherwise.
    """

    name: str
    label: str | Promise
    values: Values
    shape: Shape = Shape.TEXT
    needs: tuple[str, ...] = ()
    sort: tuple[SortKey, ...] = ()
    personal: str = ""
    custom: bool = False
    # Whether a first click sorts from high to low, as one expects of times and amounts.
    descending_first: bool = False


def _attribute(path: str) -> Values:
    """The values of one attribute of the contact or, as ``profile__name``, of its profile."""
    name = path.removeprefix("profile__")
    if name == path:
        return lambda site, contacts: [getattr(contact, name) for contact in contacts]
    return lambda site, contacts: [getattr(contact.profile, name) for contact in contacts]


def _column(
    name: str, path: str, *, shape: Shape = Shape.TEXT, sort: tuple[SortKey, ...] | None = None, personal: str = ""
) -> Column:
    model = ContactProfile if path.startswith("profile__") else Contact
    field = cast("Field[Any, Any]", model._meta.get_field(path.removeprefix("profile__")))
    return Column(
        name=name,
        label=field.verbose_name,
        values=_attribute(path),
        shape=shape,
        needs=(path,),
        sort=sort or (SortKey(path, nullable=field.null),),
        personal=personal,
        descending_first=shape in (Shape.NUMBER, Shape.REFERENCE, Shape.DAY, Shape.TIME),
    )


def _text(name: str, path: str, *, folded: str = "", shape: Shape = Shape.TEXT, personal: str = "") -> Column:
    """A text column: without a value is last, not first, and upper case does not come before lower case."""
    expression = NullIf(F(folded or path), Value(""))
    return _column(name, path, shape=shape, sort=(SortKey(expression),), personal=personal)


OWN_COLUMNS: tuple[Column, ...] = (
    _text("name", "name", folded="name_folded"),
    _column("kind", "kind", shape=Shape.KIND, sort=(SortKey("kind", nullable=False),)),
    _text("mobileNumber", "mobile_number", shape=Shape.PHONE, personal="mobileNumber"),
    _text("email", "email", folded="email_norm", shape=Shape.EMAIL, personal="email"),
    _text("memberId", "member_id", folded="member_id_folded"),
    _column("customerNumber", "customer_number", shape=Shape.REFERENCE),
    # By day first: that is what the page index holds (contacts/models/contact.py).
    _column(
        "lastSeenAt",
        "last_seen_at",
        shape=Shape.TIME,
        sort=(SortKey("last_seen_on", nullable=False), SortKey("last_seen_at")),
    ),
    _column("lastTouchAt", "last_touch_at", shape=Shape.TIME),
    _column("createdAt", "created_at", shape=Shape.TIME),
    _column("updatedAt", "updated_at", shape=Shape.TIME),
    _column("sessionsCount", "sessions_count", shape=Shape.NUMBER),
    _text("landlineNumber", "landline_number", shape=Shape.PHONE, personal="landlineNumber"),
    _text("address", "profile__address", folded="profile__address_folded", personal="address"),
    _column("birthDate", "birth_date", shape=Shape.DAY, personal="birthDate"),
    _text("memo", "profile__memo", folded="profile__memo_folded"),
    _text("language", "language"),
    _text("country", "country"),
    _text("city", "city"),
    _text("web.browser", "web_browser"),
    _text("web.os", "web_os"),
    _text("web.device", "web_device"),
    _text("mobile.appName", "mobile_app_name"),
    _text("mobile.appVersion", "mobile_app_version"),
    _column("emailQualified", "email_qualified", shape=Shape.FLAG),
    _column("mobileNumberQualified", "mobile_number_qualified", shape=Shape.FLAG),
    _column("unsubscribeEmail", "unsubscribe_email", shape=Shape.FLAG),
    _column("unsubscribeTexting", "unsubscribe_texting", shape=Shape.FLAG),
    _column("blocked", "blocked", shape=Shape.FLAG),
    _text("referrer", "profile__referrer"),
    Column(
        name="importTags",
        label=_("import tags"),
        values=_attribute("profile__import_tags"),
        shape=Shape.LIST,
        needs=("profile__import_tags",),
        sort=(SortKey(NullIf(Cast("profile__import_tags", CharField()), Value("[]"))),),
    ),
)

_SHAPES = {
    FieldType.TEXT: Shape.TEXT,
    FieldType.NUMBER: Shape.NUMBER,
    FieldType.DATE: Shape.TIME,
    FieldType.BOOLEAN: Shape.FLAG,
    FieldType.LIST: Shape.LIST,
}


def custom_column(field: ProfileField) -> Column:
    """The column ``profile.<key>`` of a custom field."""
    key = field.key
    folded = field.type in (FieldType.TEXT, FieldType.LIST)
    expression: Expression = (
        NullIf(KeyTextTransform(key, "profile__folded"), Value("", output_field=TextField()))
        if folded
        else KeyTransform(key, "profile__values")
    )
    return Column(
        name=f"profile.{key}",
        label=field.label or key,
        values=lambda site, contacts: [contact.profile.values.get(key) for contact in contacts],
        shape=_SHAPES[FieldType(field.type)],
        needs=("profile__values",),
        sort=(SortKey(expression),),
        custom=True,
        descending_first=field.type in (FieldType.NUMBER, FieldType.DATE),
    )
