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
        import contacts.filters.contact_fields  # noqa: PLC0415
        import contacts.filters.custom_fields  # noqa: PLC0415
        import contacts.filters.event_fields  # noqa: PLC0415
        import contacts.history  # noqa: PLC0415 (what a person's page tells)
        import contacts.moving_pairs  # noqa: F401, PLC0415
