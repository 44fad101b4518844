"""QUAL-3: every value ever seen for name, phone, e-mail, memberId and address, with where it came from."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models.contact import Contact
from desk.ids import new_id
from desk.models import Site


class KnownField(models.TextChoices):
    """The details whose history is kept, by their public names."""

    NAME = "name", _("name")
    MOBILE_NUMBER = "mobileNumber", _("mobile number")
    EMAIL = "email", _("e-mail")
    MEMBER_ID = "memberId", _("member ID")
    ADDRESS = "address", _("address")


class Source(models.TextChoices):
    """Where a value came from (QUAL-1). Only FORM, typed by the visitor, is not qualified."""

    FORM = "form", _("typed by the visitor")
    SCRIPT = "script", _("site script")
    OPERATOR = "operator", _("operator")
    API = "api", _("API")
    IMPORT = "import", _("import")
    MESSENGER = "messenger", _("messenger")
    LOOKUP = "lookup", _("lookup")


class KnownValue(models.Model):
    """One value of one field of one contact. ``norm`` is what matching compares; empty when it never may match."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    # Not checked by the database: the contact is, and has a site (docs/decisions/0033).
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="known_values", db_index=False)
    field = models.CharField(_("field"), max_length=12, choices=KnownField.choices)
    value = models.CharField(_("value"), max_length=255)
    norm = models.CharField(max_length=510, default="")
    qualified = models.BooleanField(_("qualified"))
    source = models.CharField(_("source"), max_length=9, choices=Source.choices)
    # Which operator, file or key it was, in words.
    source_label = models.CharField(max_length=120, default="", blank=True)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("known value")
        verbose_name_plural = _("known values")
        constraints = [
            models.UniqueConstraint(fields=["contact", "field", "value"], name="known_value_once"),
            models.CheckConstraint(name="known_value_field_known", condition=Q(field__in=KnownField.values)),
            models.CheckConstraint(name="known_value_source_known", condition=Q(source__in=Source.values)),
        ]
        indexes = [
            # Whom does this phone or e-mail belong to (QUAL-3, UNI-5)?
            models.Index(fields=["site", "field", "norm"], name="known_value_by_norm", condition=~Q(norm="")),
        ]
