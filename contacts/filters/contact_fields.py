"""FIL-2: the columns of a contact, registered as filter fields in the order of the builder's menu."""

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.filters.columns import (
    age_field,
    boolean_field,
    choice_field,
    day_field,
    folded_field,
    integer_field,
    lowered_field,
    one_of_few,
    terms_of,
    text_field,
    time_field,
)
from contacts.filters.fields import Condition, FilterField, Group, filter_fields
from contacts.filters.occurring import occurring_in
from contacts.filters.operators import ValueType
from contacts.filters.phones import phone_field
from contacts.filters.related import profile_matches
from contacts.filters.sql import ElementTest, TextTest
from contacts.filters.values import Moment
from contacts.folding import fold
from contacts.models import Kind


def wide_text_field(key: str, label: Promise, column: str) -> FilterField:
    """A text of the wide half with its folded twin."""

    def compile(condition: Condition, moment: Moment) -> Q:
        compared = column if condition.op == "exists" else f"{column}_folded"
        return profile_matches(lambda at: TextTest(f"{at}{compared}", condition.op, terms_of(condition)), moment)

    occurring = occurring_in(f"profile__{column}_folded")
    return FilterField(
        key=key, label=label, group=Group.PROFILE, type=ValueType.TEXT, compile=compile, occurring=occurring
    )


def _import_tags(condition: Condition, moment: Moment) -> Q:
    return profile_matches(lambda at: ElementTest(f"{at}import_tags", condition.op, terms_of(condition)), moment)


FIELDS = (
    boolean_field(
        "member", _("Member"), Group.PROFILE, lambda moment: one_of_few("kind", (Kind.MEMBER.value,), moment)
    ),
    choice_field(
        "kind", _("Kind"), Group.PROFILE, "kind", [(Kind.LEAD, Kind.LEAD.label), (Kind.MEMBER, Kind.MEMBER.label)]
    ),
    text_field("name", _("Name"), Group.PROFILE, "name", compared="name_folded", searched=True),
    text_field("email", _("E-mail"), Group.PROFILE, "email", compared="email_norm", partial=True, searched=True),
    boolean_field("emailQualified", _("E-mail qualified"), Group.PROFILE, Q(email_qualified=True)),
    phone_field("mobileNumber", _("Mobile number"), Group.PROFILE, "mobile_number", "mobile_number_norm"),
    boolean_field(
        "mobileNumberQualified", _("Mobile number qualified"), Group.PROFILE, Q(mobile_number_qualified=True)
    ),
    text_field("memberId", _("Member ID"), Group.PROFILE, "member_id_folded", partial=True, searched=True),
    integer_field("customerNumber", _("Customer number"), Group.PROFILE, "customer_number"),
    day_field("birthDate", _("Birth date"), Group.PROFILE, "birth_date"),
    age_field("age", _("Age"), Group.PROFILE, "birth_date"),
    wide_text_field("address", _("Address"), "address"),
    wide_text_field("memo", _("Memo"), "memo"),
    lowered_field("language", _("Language"), Group.PROFILE, "language"),
    lowered_field("country", _("Country"), Group.PROFILE, "country"),
    folded_field("city", _("City"), Group.PROFILE, "city"),
    boolean_field("unsubscribeEmail", _("No e-mail marketing"), Group.PROFILE, Q(unsubscribe_email=True)),
    boolean_field("unsubscribeTexting", _("No text marketing"), Group.PROFILE, Q(unsubscribe_texting=True)),
    boolean_field("blocked", _("Blocked"), Group.PROFILE, Q(blocked=True)),
    FilterField(
        key="importTags",
        label=_("Import tags"),
        group=Group.PROFILE,
        type=ValueType.LIST,
        compile=_import_tags,
        occurring=occurring_in("profile__import_tags", texts=lambda names: map(fold, names)),
    ),
    time_field("lastSeenAt", _("Last seen"), Group.ACTIVITY, "last_seen_at", day_column="last_seen_on", nullable=True),
    time_field("createdAt", _("Created"), Group.ACTIVITY, "created_at"),
    time_field("lastTouchAt", _("Last contact"), Group.ACTIVITY, "last_touch_at"),
    integer_field("sessionsCount", _("Sessions"), Group.ACTIVITY, "sessions_count"),
    lowered_field("web.browser", _("Browser"), Group.DEVICE, "web_browser"),
    lowered_field("web.os", _("Operating system"), Group.DEVICE, "web_os"),
    lowered_field("web.device", _("Device"), Group.DEVICE, "web_device"),
    folded_field("mobile.appName", _("App"), Group.DEVICE, "mobile_app_name"),
    folded_field("mobile.appVersion", _("App version"), Group.DEVICE, "mobile_app_version"),
)

for _field in FIELDS:
    filter_fields.register(_field.key, _field)
