"""Doors of the desk for people: the list, the filter builder, the contact page. ``contacts.apps`` imports it."""

import contacts.admin.audit_names
import contacts.admin.contact
import contacts.admin.export_file
import contacts.admin.merge_result
import contacts.admin.retention
import contacts.admin.sidebar
import contacts.admin.suggestions  # noqa: F401 (all of them register pages or sections)
