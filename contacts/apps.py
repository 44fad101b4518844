"""People: identity, boot, unification, filters, the list and the contact page."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = _("Contacts")

    def ready(self) -> None:
        """Fill the registries; filter fields in the order of the builder's menu (FIL-2)."""
        import contacts.admin  # noqa: PLC0415
        import contacts.block_actions  # noqa: PLC0415
        import contacts.bulk  # noqa: PLC0415 (the kinds of job)
        import contacts.delete_action  # noqa: PLC0415
        import contacts.erasing_texts  # noqa: PLC0415
        import contacts.expiry_column  # noqa: PLC0415
        import contacts.exporting.action  # noqa: PLC0415
        import contacts.exporting.erasing  # noqa: PLC0415
        import contacts.exporting.job  # noqa: PLC0415
        import contacts.filters.contact_fields  # noqa: PLC0415
        import contacts.filters.custom_fields  # noqa: PLC0415
        import contacts.filters.event_fields  # noqa: PLC0415
        import contacts.filters.retention_field  # noqa: PLC0415
        import contacts.history  # noqa: PLC0415 (what a person's page tells)
        import contacts.importing.erasing  # noqa: PLC0415
        import contacts.importing.execute  # noqa: PLC0415 (with the check, and the undo: the kinds of job)
        import contacts.importing.undo  # noqa: PLC0415
        import contacts.moving_changes  # noqa: PLC0415
        import contacts.moving_pairs  # noqa: PLC0415
        import contacts.personal_data  # noqa: PLC0415
        import contacts.policy_effects  # noqa: PLC0415 (RET-7: asked before settings are saved)
        import contacts.set_field  # noqa: PLC0415
        import contacts.subject_access.activity  # noqa: PLC0415 (what a person is told)
        import contacts.subject_access.deeds  # noqa: PLC0415
        import contacts.subject_access.details  # noqa: PLC0415
        import contacts.subject_access.keeping  # noqa: F401, PLC0415
