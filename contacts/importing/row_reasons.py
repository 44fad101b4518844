"""IMP-4, IMP-5: why a row of a file is left out, in the active language; beside what ``reasons`` says of cells."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.importing import reasons
from contacts.importing.tag_columns import tag_column

# What the upper app says of a label of the column of tags.
_LABEL = "tag."
ROW_REFUSALS: Mapping[str, str | Promise] = {
    "no_contact_point": _(
        "The row has neither a member ID nor a mobile number or e-mail: nobody could be found by it."
    ),
    "unusable_contact_point": _("Neither the mobile number nor the e-mail of the row is one that can be reached."),
    "junk_contact_point": _("The mobile number or e-mail of the row is on the list of values that belong to nobody."),
    "frozen_contact_point": _(
        "The mobile number or e-mail of the row belongs to too many different people to tell who is meant."
    ),
    "junk_member_id": _("The member ID “%(value)s” is on the list of values that belong to nobody."),
    "too_many_tags": _("The contact would carry %(count)d tags; at most %(limit)d are possible."),
}

# Why an import could not begin, or could not go on.
JOB_REASONS: Mapping[str, str | Promise] = {
    "file_changed": _("The stored file is no longer the one that was checked."),
    "not_checked": _("Columns or fields have changed since the check. Check the file again."),
    "file_refused": _("The file cannot be read: %(reason)s"),
    "too_many_rows": _("The file has more than %(limit)s rows. Split it."),
    "storage_full": _("There is no room on the disk of the server to read this file."),
    "forgotten": _("The file was deleted."),
    "withdrawn": _("The file was removed because somebody in it was erased. Upload it again without them."),
    "tag_refused": _("A tag of the file cannot be made: %(reason)s"),
    "too_many_fields": _("The site would have more custom fields than it may have."),
}

# What the undo of an import leaves alone.
UNDO_REASONS: Mapping[str, str | Promise] = {
    "touched_since": _("Somebody has been in contact with this person or changed something since."),
    "held": _("Somebody holds this person: nothing deletes them until %(until)s."),
    "changed_since": _("Changed again since: %(fields)s stay."),
    "merge_stays": _("The merge that the import made stays: %(reason)s"),
    "gone": _("The contact is gone."),
    "tags_full": _("The contact would carry too many tags; what the import took off stays off."),
}


def told(code: str, values: Mapping[str, Any]) -> str:
    """The sentence of a reject's code; a code without one is shown as it is."""
    column = tag_column()
    if code.startswith(_LABEL) and column is not None:
        return column.told(code.removeprefix(_LABEL), str(values.get("label", "")))
    if code in ROW_REFUSALS:
        return str(ROW_REFUSALS[code]) % dict(values) if values else str(ROW_REFUSALS[code])
    try:
        return reasons.told(code, values)
    except KeyError:
        return code
