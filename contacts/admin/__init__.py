"""Doors of the desk for people: the list, the filter builder, the contact page. ``contacts.apps`` imports it."""

import contacts.admin.contact
import contacts.admin.merge_result
import contacts.admin.sidebar  # noqa: F401 (registers the section of the sidebar and the palette's people)
