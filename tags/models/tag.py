"""TAG-1, TAG-5: a customer tag and its attachments."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from desk.ids import new_id
from desk.models import Job, Site


class Tag(models.Model):
    """A label. ``name`` may have up to three levels split by ``/``; ``name_folded`` makes it unique ignoring case."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="tags", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=62)
    name_folded = models.CharField(max_length=248, editable=False)
    color = models.CharField(
        _("colour"), max_length=7, default="#5b6b7f", validators=[RegexValidator(r"^#[0-9a-f]{6}$")]
    )
    description = models.CharField(_("description"), max_length=128, blank=True, default="")
    # Who made it (Actor.kind); of those that pages made there may only be so many (TAG-6).
    source = models.CharField(_("source"), max_length=8, default="operator", editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # The job that deletes this tag or merges it into another. While that is under way nobody attaches or changes the
    # tag; a job that was cancelled or failed leaves it as it is then.
    leaving = models.ForeignKey(Job, models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("customer tag")
        verbose_name_plural = _("customer tags")
        ordering = ["name_folded"]
        constraints = [models.UniqueConstraint(fields=["site", "name_folded"], name="tag_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_leaving(self) -> bool:
        """Whether it is being deleted or merged into another; asks a statement unless ``leaving`` was loaded."""
        return self.leaving is not None and not self.leaving.finished


class ContactTag(models.Model):
    """One attachment: who or what made it, and when (TAG-5)."""

    # Serves "who has this tag"; the index below serves "which tags has this one" and the foreign key check of a
    # deleted contact.
    pk = models.CompositePrimaryKey("site_id", "tag_id", "contact_id")
    # Not checked by the database: the contact is, and has a site (docs/decisions/0033).
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="attachments", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="tag_attachments", db_index=False)
    # operator, job, import, api, plugin, rule, merge
    source = models.CharField(max_length=8)
    source_label = models.CharField(max_length=120, blank=True, default="")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    # The bulk job that made it; its undo takes off these and no others (JOB-4). No foreign key: jobs are forgotten.
    job_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["contact", "tag"], name="contact_tag_by_contact")]
        constraints = [
            models.CheckConstraint(
                name="contact_tag_source_known",
                condition=Q(source__in=["operator", "job", "import", "api", "plugin", "rule", "merge", "system"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} → {self.contact_id}"


class DetachedTag(models.Model):
    """An attachment that a bulk job took off, as it was: what the job's undo puts back (JOB-4)."""

    pk = models.CompositePrimaryKey("job_id", "tag_id", "contact_id")
    # Led by the job, whose batches read and write them; no foreign key, for 100,000 rows would each look it up.
    job_id = models.BigIntegerField()
    # Not checked by the database: the contact is, and has a site (docs/decisions/0033).
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", db_index=False)
    # With an index: it goes with the contact.
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    source = models.CharField(max_length=8)
    source_label = models.CharField(max_length=120, blank=True, default="")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    # Of the job that had made the attachment, so that its own undo still finds it.
    made_by_job_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.tag_id} ↛ {self.contact_id}"
