"""IMP-3..8: an uploaded file, what is to become of each of its rows, and mappings kept for the next file."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models import Job, Site


class Verdict(models.TextChoices):
    """What becomes of a row; exactly one of them, so that the counts add up to the number of rows."""

    CREATED = "created", _("new")
    UPDATED = "updated", _("updated")
    UNCHANGED = "unchanged", _("unchanged")
    DUPLICATE = "duplicate", _("again in the file")
    MERGED = "merged", _("merged")
    DELAYED = "delayed", _("merged later")
    SUGGESTED = "suggested", _("suggested")
    REFUSED = "refused", _("refused")


class ContactImport(models.Model):
    """One uploaded file and its way into the contacts.

    ``mapping``: how it is read and where its columns go (``contacts.importing``). How far it is, is told by its jobs:
    ``check_job`` looks at the whole file and writes nothing, ``run_job`` does what was checked, and the undo of that
    takes it back. ``checked`` and ``ran`` are what they found, kept beyond the jobs: counts per verdict and examples;
    ``checked["fingerprint"]`` names the file and the mapping that were looked at.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(_("file"), max_length=255)
    size = models.BigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    # The unguessable name below DATA_DIR/files/imports; empty when the file was deleted.
    stored_as = models.CharField(max_length=80)
    mapping = models.JSONField(default=dict)
    import_tag = models.CharField(_("import tag"), max_length=100)

    check_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    run_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    checked = models.JSONField(default=dict)
    ran = models.JSONField(default=dict)

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(_("by"), max_length=120)
    created_at = models.DateTimeField(_("uploaded"))
    # The file, its staged rows and its rejects hold personal data and go after 30 days; the counts stay.
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            # The page of imports, newest first.
            models.Index(fields=["site", "-id"], name="contact_import_by_time"),
            # Has this very file been imported before (IMP-8)?
            models.Index(fields=["site", "sha256"], name="contact_import_by_hash"),
            # What the nightly sweep forgets.
            models.Index(fields=["created_at"], name="contact_import_kept", condition=Q(forgotten_at=None)),
        ]

    def __str__(self) -> str:
        return self.name


class ImportRow(models.Model):
    """A row of the file that can be read, in normal form, and what is to become of it.

    ``values``: {public name: value in its stored form}. ``person``: a number of what the row says about who it is; rows
    of different people have different ones. ``batch``: rows that may concern one person are worked off together; 0: not
    planned yet. ``contact_id``: who it is about; no foreign key, for somebody new has an id before a row.
    ``made``: {"merges": [ids], "pending": [[lead, member]]} that the row brought about, for the undo.
    """

    pk = models.CompositePrimaryKey("site_id", "contact_import_id", "line")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    # Not checked by the database: of a million rows each would look up the same import.
    contact_import = models.ForeignKey(
        ContactImport, models.CASCADE, related_name="rows", db_index=False, db_constraint=False
    )
    line = models.PositiveIntegerField()
    member_id = models.CharField(max_length=255, default="")
    phone = models.CharField(max_length=16, default="")
    email = models.CharField(max_length=254, default="")
    person = models.BigIntegerField()
    values = models.JSONField()
    batch = models.PositiveIntegerField(default=0)
    verdict = models.CharField(max_length=9, choices=Verdict.choices, default="", blank=True)
    creates = models.BooleanField(default=False)
    contact_id = models.BigIntegerField(null=True)
    made = models.JSONField(null=True)

    class Meta:
        indexes = [
            # Which rows are about one person: what a batch is closed over, and what counts how many a value would join.
            models.Index(
                fields=["site", "contact_import", "member_id"], name="import_row_by_member", condition=~Q(member_id="")
            ),
            models.Index(
                fields=["site", "contact_import", "phone"], name="import_row_by_phone", condition=~Q(phone="")
            ),
            models.Index(
                fields=["site", "contact_import", "email"], name="import_row_by_email", condition=~Q(email="")
            ),
            # What goes with a person who is erased.
            models.Index(
                fields=["site", "contact_id"], name="import_row_by_contact", condition=Q(contact_id__isnull=False)
            ),
        ]


class ImportBatch(models.Model):
    """Which rows are worked off together: those of ``batch = number`` from ``first`` to ``last`` and the ``others``."""

    pk = models.CompositePrimaryKey("site_id", "contact_import_id", "number")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    contact_import = models.ForeignKey(ContactImport, models.CASCADE, related_name="batches", db_index=False)
    number = models.PositiveIntegerField()
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    others = models.JSONField(default=list)


class ImportReject(models.Model):
    """A row that is not imported: where it is in the file and why. The file itself holds what it says.

    ``column``: the number of the column, from 0; None: the row as a whole. ``while_reading``: it could not even be read
    or understood; otherwise it does not fit the contact it is about.
    """

    pk = models.CompositePrimaryKey("site_id", "contact_import_id", "line")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    contact_import = models.ForeignKey(ContactImport, models.CASCADE, related_name="rejects", db_index=False)
    line = models.PositiveIntegerField()
    column = models.PositiveIntegerField(null=True)
    code = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    while_reading = models.BooleanField(default=False)


class SavedMapping(models.Model):
    """IMP-2: where the columns of a file go, kept under a name for the next file of that kind."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(_("name"), max_length=60)
    name_folded = models.CharField(max_length=240, editable=False)
    mapping = models.JSONField()
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        ordering = ["name_folded"]
        constraints = [models.UniqueConstraint(fields=["site", "name_folded"], name="saved_mapping_name")]

    def __str__(self) -> str:
        return self.name
