"""An identity: one account or device through which a contact arrives."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models.contact import Contact
from desk.ids import new_id
from desk.models import Site


class Channel(models.TextChoices):
    """The ways in (CHAT-1). WEB and APP boot with a veil id; the others bring an account of their own."""

    WEB = "web", _("web")
    APP = "app", _("app")
    KAKAO = "kakao", _("KakaoTalk")
    NAVERTALK = "navertalk", _("Naver TalkTalk")
    LINE = "line", _("LINE")
    INSTAGRAM = "instagram", _("Instagram")
    PHONE = "phone", _("phone")
    EMAIL = "email", pgettext_lazy("channel", "e-mail")
    HELPCENTER = "helpcenter", _("help centre")


class VerifiedBy(models.TextChoices):
    """How a mobile number was proven (QUAL-5)."""

    SMS = "sms", _("text message")
    KAKAO_SYNC = "kakaoSync", _("KakaoSync")
    NAVER = "naver", _("Naver")


# A contact has no more than this many (BOOT-11).
MAX_IDENTITIES = 50


class Identity(models.Model):
    """``key`` is the veil id of a browser or app, or the account of a messenger, phone line or mailbox."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="identities", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identities")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    key = models.CharField(_("key"), max_length=128)
    # Written at most once a day: only "was it within a year" is ever asked (BOOT-9).
    last_boot_at = models.DateTimeField(_("last boot"), null=True)
    created_at = models.DateTimeField(_("created"))
    # QUAL-5: the number this account has proven, in E.164; written by ``contacts.verified`` alone.
    verified_mobile = models.CharField(_("verified mobile"), max_length=16, default="", blank=True, editable=False)
    verified_method = models.CharField(
        _("verified by"), max_length=9, choices=VerifiedBy.choices, default="", blank=True, editable=False
    )
    verified_at = models.DateTimeField(_("verified"), null=True, editable=False)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            # BOOT-12: of many simultaneous first boots of one browser exactly one insert succeeds.
            models.UniqueConstraint(fields=["site", "channel", "key"], name="identity_key"),
            models.CheckConstraint(name="identity_channel_known", condition=Q(channel__in=Channel.values)),
            models.CheckConstraint(
                name="identity_verified_whole",
                condition=Q(verified_mobile="", verified_method="", verified_at=None)
                | (~Q(verified_mobile="") & Q(verified_method__in=VerifiedBy.values, verified_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.identification_number

    @property
    def identification_number(self) -> str:
        """``SITEID_<key>`` (domain.md, section 0)."""
        return f"{self.site.code}_{self.key}"
