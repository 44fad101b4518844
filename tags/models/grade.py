"""GRADE-1: grades, the rules that give them, and which contact carries which."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from desk.ids import new_id
from desk.models import Site


class Grade(models.Model):
    """A coloured rank. Of several that a contact matches it carries the one with the highest ``rank`` (GRADE-2)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="grades", verbose_name=_("site"), db_index=False)
    name = models.CharField(_("name"), max_length=30)
    # Makes the name unique ignoring case and width (``contacts.folding``).
    name_folded = models.CharField(max_length=120, editable=False)
    color = models.CharField(
        _("colour"), max_length=7, default="#5b6b7f", validators=[RegexValidator(r"^#[0-9a-f]{6}$")]
    )
    rank = models.PositiveIntegerField(_("rank"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        ordering = ["-rank"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name_folded"], name="grade_name"),
            # Two grades of one rank would leave open which of them a contact carries.
            models.UniqueConstraint(fields=["site", "rank"], name="grade_rank"),
        ]

    def __str__(self) -> str:
        return self.name


class Criterion(models.TextChoices):
    """What a rule looks at, by public names. A name is no criterion: many people share one."""

    EMAIL = "email", _("e-mail")
    MOBILE_NUMBER = "mobileNumber", _("mobile number")
    MEMBER_ID = "memberId", _("member ID")
    CUSTOMER_NUMBER = "customerNumber", _("customer number")


class GradeRule(models.Model):
    """Whoever has ``value``, now or ever, gets ``grade``. ``norm`` is what is compared; nobody need have it yet."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", verbose_name=_("site"), db_index=False)
    criterion = models.CharField(_("criterion"), max_length=14, choices=Criterion.choices)
    value = models.CharField(_("value"), max_length=255)
    norm = models.CharField(max_length=510, editable=False)
    grade = models.ForeignKey(Grade, models.CASCADE, related_name="rules", verbose_name=_("grade"))
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    # Who made it (Actor.kind and its label), and when.
    source = models.CharField(max_length=8, editable=False)
    source_label = models.CharField(max_length=120, blank=True, default="", editable=False)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False, editable=False
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("grade rule")
        verbose_name_plural = _("grade rules")
        ordering = ["-id"]
        constraints = [
            # Also serves "which rules does this value match?". One value may have rules for several grades.
            models.UniqueConstraint(fields=["site", "criterion", "norm", "grade"], name="grade_rule_once"),
            models.CheckConstraint(name="grade_rule_criterion_known", condition=Q(criterion__in=Criterion.values)),
            # An empty one would match everybody who has no value.
            models.CheckConstraint(name="grade_rule_norm_not_blank", condition=~Q(norm="")),
        ]
        indexes = [models.Index(fields=["site", "-id"], name="grade_rule_newest")]  # the list of rules, page by page

    def __str__(self) -> str:
        return f"{self.criterion} {self.value}"


class ContactGrade(models.Model):
    """Which grade a lead or member carries, and the rule that gives it. Written by ``tags.grading`` alone.

    A pure function of values and rules: whoever recomputes it gets the same row.
    """

    contact = models.OneToOneField(Contact, models.CASCADE, primary_key=True, related_name="carried_grade")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    grade = models.ForeignKey(Grade, models.CASCADE, related_name="+", db_index=False)
    rule = models.ForeignKey(GradeRule, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("carried grade")
        verbose_name_plural = _("carried grades")
        # Who carries this grade: filters and numbers read nothing but the index.
        indexes = [models.Index(fields=["site", "grade", "contact"], name="contact_grade_by_grade")]

    def __str__(self) -> str:
        return f"{self.grade_id} → {self.contact_id}"
