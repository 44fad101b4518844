"""SITE-1: one installed service with its own plugin key and its own contacts."""

import secrets
import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.encryption import EncryptedTextField
from desk.ids import new_id


class MemberHashMode(models.TextChoices):
    """Whether a boot with a memberId must prove it (BOOT-2)."""

    OFF = "off", _("off")
    REQUIRED = "required", _("required")


class RetentionPolicy(models.TextChoices):
    """Which calendar decides when a lead or member is deleted (RET-3)."""

    KR = "kr", _("Korea (3 years; 2 years for contact before 2024-08-14)")
    JP = "jp", _("Japan (2 years)")
    CUSTOM = "custom", _("own number of days")


class Language(models.TextChoices):
    """The languages of desk and plugin (L10N-1), each by its own name."""

    KO = "ko", "한국어"
    JA = "ja", "日本語"
    EN = "en", "English"


def new_plugin_key() -> str:
    """A public, unguessable plugin key."""
    return secrets.token_hex(16)


def new_member_hash_secret() -> str:
    """A member-hash secret: 32 random bytes as hexadecimal digits (BOOT-2)."""
    return secrets.token_hex(32)


def check_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is not a known time zone."), params={"name": name}, code="invalid")


# UNI-14: what programs and clerks write where nothing is known. Beyond what every site means alike nothing is guessed:
# a site adds its own.
_JUNK = (
    *("null", "(null)", "undefined", "none", "nil", "nan", "0", "-1", "false", "guest", "anonymous", "unknown"),
    *("test@test.com", "null@null.com", "none@none.com", "undefined@undefined.com"),
    *("01000000000", "0100000000", "09000000000"),
)


def default_junk_values() -> list[str]:
    """The junk that a new site starts with."""
    return list(_JUNK)


_hexadecimal_secret = RegexValidator(r"^(?:[0-9a-f]{2}){16,64}$", _("Enter 32 to 128 hexadecimal digits."))


class Site(models.Model):
    """One service; owner of every other row (SITE-2)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=80)
    code = models.CharField(
        _("site id"),
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9]+$", _("Only letters A–Z and digits."))],
        help_text=_("Short name in identification numbers, for example SHOP."),
    )
    plugin_key = models.CharField(_("plugin key"), max_length=64, unique=True, default=new_plugin_key)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Seoul", validators=[check_time_zone])
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.KO)
    phone_country = models.CharField(
        _("phone country"), max_length=2, default="KR", validators=[RegexValidator(r"^[A-Z]{2}$")]
    )

    retention_policy = models.CharField(
        _("retention policy"), max_length=6, choices=RetentionPolicy.choices, default=RetentionPolicy.KR
    )
    retention_days_lead = models.PositiveIntegerField(
        _("days until a lead is deleted"), null=True, blank=True, help_text=_("Own policy only; empty: never.")
    )
    retention_days_member = models.PositiveIntegerField(
        _("days until a member is deleted"), null=True, blank=True, help_text=_("Own policy only; empty: never.")
    )

    # SITE-4: operators of the site give a code of their authenticator app when they sign in.
    requires_second_factor = models.BooleanField(_("second factor at sign-in"), default=False)

    member_hash_mode = models.CharField(
        _("member hash"), max_length=8, choices=MemberHashMode.choices, default=MemberHashMode.OFF
    )
    # Two at most may live at once, so that a shop can change its secret without a moment of refused boots.
    member_hash_secret = EncryptedTextField(
        _("member hash secret"), default=new_member_hash_secret, validators=[_hexadecimal_secret]
    )
    member_hash_secret_previous = EncryptedTextField(
        _("previous member hash secret"), blank=True, default="", validators=[_hexadecimal_secret]
    )

    asks_mobile_number = models.BooleanField(_("ask for a mobile number"), default=True)
    asks_email = models.BooleanField(_("ask for an e-mail"), default=True)
    asks_name = models.BooleanField(_("ask for a name"), default=False)
    contact_is_mandatory = models.BooleanField(_("an answer is mandatory"), default=False)
    allowed_origins = models.JSONField(
        _("allowed web origins"),
        default=list,
        blank=True,
        help_text=_("One per line, for example https://shop.example; empty: any page may use the plugin key."),
    )
    junk_values = models.JSONField(
        _("values that belong to nobody"),
        default=default_junk_values,
        blank=True,
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="site_retention_policy_known", condition=models.Q(retention_policy__in=RetentionPolicy.values)
            ),
            models.CheckConstraint(
                name="site_member_hash_mode_known", condition=models.Q(member_hash_mode__in=MemberHashMode.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The site's time zone, in which days and months begin."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def member_hash_secrets(self) -> list[str]:
        """The live secrets, newest first (SITE-1)."""
        return [secret for secret in (self.member_hash_secret, self.member_hash_secret_previous) if secret]
