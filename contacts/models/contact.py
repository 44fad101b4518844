"""A contact: any visitor the desk knows (KIND-1), in two rows.

``Contact`` is narrow and is what a boot writes; nothing that boot writes more than once a day is indexed, so that
PostgreSQL can update it in place (speed.md, "Boot and touch"). ``ContactProfile`` holds what is wide: custom values,
memo, search text.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models.day import DayInUtc
from desk.ids import new_id
from desk.models import Site


class Kind(models.TextChoices):
    """Anonymous → lead → member; never backwards (KIND-4)."""

    ANONYMOUS = "anonymous", _("anonymous")
    LEAD = "lead", _("lead")
    MEMBER = "member", _("member")


class LeadReason(models.TextChoices):
    """What first made an anonymous visitor a lead (KIND-2)."""

    CONTACT_POINT = "contactPoint", _("left a phone or e-mail")
    CHAT = "chat", _("wrote in a chat")
    ANSWER = "answer", _("answered a marketing message")
    MESSENGER = "messenger", _("came through a messenger")
    ENTERED = "entered", _("entered by an operator, the API or an import")


class CustomerNumberCounter(models.Model):
    """The last customer number of a site. Its row lock makes numbers unique; a number is never given twice."""

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="+")
    last = models.BigIntegerField(default=0)


class Contact(models.Model):
    """One person, as far as the desk can tell.

    ``*_folded`` and ``*_norm`` columns are what text is compared with (FIL-7, QUAL-4); ``contacts.details`` keeps
    them. Times are UTC. ``managed`` (a lead or a member) is computed by the database.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="contacts", db_index=False, verbose_name=_("site"))
    customer_number = models.BigIntegerField(_("customer number"), editable=False)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.ANONYMOUS)
    lead_reason = models.CharField(max_length=12, choices=LeadReason.choices, blank=True, default="")
    managed = models.GeneratedField(
        expression=~Q(kind=Kind.ANONYMOUS),  # type: ignore[arg-type] # a Q is an expression, the stubs do not know
        output_field=models.BooleanField(),
        db_persist=True,
    )

    member_id = models.CharField(_("member ID"), max_length=255, null=True, blank=True)  # noqa: DJ001
    member_id_folded = models.CharField(max_length=510, default="", editable=False)
    name = models.CharField(_("name"), max_length=100, default="", blank=True)
    name_folded = models.CharField(max_length=400, default="", editable=False)
    email = models.CharField(_("e-mail"), max_length=254, default="", blank=True)
    email_norm = models.CharField(max_length=254, default="", editable=False)  # empty: none, or not valid
    email_qualified = models.BooleanField(_("e-mail qualified"), default=False)
    # E.164 when it could be parsed, else as typed; then mobile_number_norm is empty and matches nobody.
    mobile_number = models.CharField(_("mobile number"), max_length=50, default="", blank=True)
    mobile_number_norm = models.CharField(max_length=16, default="", editable=False)
    mobile_number_qualified = models.BooleanField(_("mobile number qualified"), default=False)
    landline_number = models.CharField(_("landline number"), max_length=50, default="", blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)

    language = models.CharField(_("language"), max_length=10, default="", blank=True)
    country = models.CharField(_("country"), max_length=2, default="", blank=True)
    city = models.CharField(_("city"), max_length=100, default="", blank=True)
    web_browser = models.CharField(_("browser"), max_length=40, default="", blank=True)
    web_os = models.CharField(_("operating system"), max_length=40, default="", blank=True)
    web_device = models.CharField(_("device"), max_length=20, default="", blank=True)
    mobile_app_name = models.CharField(_("app"), max_length=80, default="", blank=True)
    mobile_app_version = models.CharField(_("app version"), max_length=40, default="", blank=True)

    blocked = models.BooleanField(_("blocked"), default=False)
    unsubscribe_email = models.BooleanField(_("no e-mail marketing"), default=False)
    unsubscribe_texting = models.BooleanField(_("no text marketing"), default=False)
    sessions_count = models.PositiveIntegerField(_("sessions"), default=0)

    created_at = models.DateTimeField(_("created"))
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    # The day (UTC) of last_seen_at, or of creation: the indexed twin that changes once a day at most.
    last_seen_on = models.DateField(editable=False)
    last_touch_at = models.DateTimeField(_("last contact"))
    # Its day (UTC), kept by the database: what retention is looked up by, and changes once a day at most.
    last_touch_on = models.GeneratedField(
        expression=DayInUtc("last_touch_at"), output_field=models.DateField(), db_persist=True
    )
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(name="contact_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="contact_member_has_member_id",
                condition=Q(kind=Kind.MEMBER, member_id__isnull=False) | (~Q(kind=Kind.MEMBER) & Q(member_id=None)),
            ),
            models.CheckConstraint(name="contact_member_id_not_blank", condition=Q(member_id=None) | ~Q(member_id="")),
            models.CheckConstraint(
                name="contact_lead_has_reason",
                condition=Q(kind=Kind.MEMBER)
                | Q(kind=Kind.LEAD, lead_reason__in=LeadReason.values)
                | Q(kind=Kind.ANONYMOUS, lead_reason=""),
            ),
            models.CheckConstraint(
                name="contact_anonymous_has_no_contact_point",
                condition=~Q(kind=Kind.ANONYMOUS) | Q(email="", mobile_number="", landline_number=""),
            ),
            models.UniqueConstraint(fields=["site", "customer_number"], name="contact_customer_number"),
            # BOOT-12: of many simultaneous first boots with one memberId exactly one insert succeeds.
            models.UniqueConstraint(
                fields=["site", "member_id"], name="contact_member_id", condition=Q(member_id__isnull=False)
            ),
        ]
        indexes = [
            # The list, newest activity first, and "last seen" conditions. By day, so that a visit does not move
            # an index entry more than once a day; rows of one day are sorted when they are read.
            models.Index(fields=["site", "-last_seen_on"], name="contact_by_last_seen", condition=Q(managed=True)),
            # Members only / leads only in the sidebar: counts by an index-only scan.
            models.Index(fields=["site", "kind"], name="contact_by_kind", condition=Q(managed=True)),
            # RET: whose time is over, who is next; all kinds, anonymous ones too.
            models.Index(fields=["site", "kind", "last_touch_on"], name="contact_by_last_touch"),
            # Matching by contact point (QUAL-3, UNI) and quick search by a whole one.
            models.Index(fields=["site", "email_norm"], name="contact_by_email", condition=~Q(email_norm="")),
            models.Index(
                fields=["site", "mobile_number_norm"], name="contact_by_mobile", condition=~Q(mobile_number_norm="")
            ),
            # Filters on memberId, also by thousands of pasted ones (FIL-5); unlike the unique index they ignore case.
            models.Index(
                fields=["site", "member_id_folded"], name="contact_by_member_id", condition=~Q(member_id_folded="")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.member_id or self.email or self.mobile_number or f"#{self.customer_number}"


class ContactProfile(models.Model):
    """The wide half of a contact: written when details change, never by a plain visit.

    ``values``: {key: string | number | true/false | [string]} of custom fields; a time is an ISO 8601 string in the one
    form of ``contacts.profile_values``, so that times compare as texts.
    ``folded``: the folded twin of every text in ``values`` under its key, for comparison.
    ``sources``: {public name ("email", "profile.size"): [source, ISO time, label]} (QUAL-6).
    """

    contact = models.OneToOneField(Contact, models.CASCADE, primary_key=True, related_name="profile")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    values = models.JSONField(default=dict)
    folded = models.JSONField(default=dict)
    sources = models.JSONField(default=dict)
    memo = models.CharField(_("memo"), max_length=500, default="", blank=True)
    memo_folded = models.CharField(max_length=2000, default="", editable=False)
    address = models.CharField(_("address"), max_length=255, default="", blank=True)
    address_folded = models.CharField(max_length=1020, default="", editable=False)
    # Written once, by the first boot that knows them (BOOT-13): {"source", "medium", "campaign", "term", "content"}.
    referrer = models.CharField(_("referrer"), max_length=1000, default="", blank=True)
    utm = models.JSONField(default=dict)
    import_tags = models.JSONField(default=list)
    # What quick search looks into: folded name, e-mail, memberId, customer number and every spelling of the phones.
    # Empty for an anonymous contact, which the desk never shows.
    search_text = models.TextField(default="", editable=False)
