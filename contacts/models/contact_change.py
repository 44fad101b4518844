"""JOB-4: what a job found on a contact before it changed it, where the rows themselves cannot tell."""

from django.db import models

from contacts.models.contact import Contact
from desk.ids import new_id
from desk.models import Site


class ContactChange(models.Model):
    """One contact that the job ``job_id`` changed. ``before`` is what its undo needs; only the job's kind reads it.

    It holds values of the person, so it goes with the contact (RET-4). ``job_id`` has no foreign key: a job writes
    100,000 of these, and the database would look up the same job for each.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    # Not checked by the database: the contact is, and has a site (docs/decisions/0033).
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    job_id = models.BigIntegerField()
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="changes_by_jobs")
    before = models.JSONField()

    class Meta:
        # Led by the job: an undo reads those of its job for a batch of contacts. A batch that is done again after all
        # finds what it has written.
        constraints = [models.UniqueConstraint(fields=["job_id", "contact"], name="contact_change_once")]
