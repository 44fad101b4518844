"""UNI-7: which value stands when two contacts become one.

Qualified goes over unqualified, then the survivor's over the absorbed one's (it is the member), then a value over none.
Texts of the memo are both kept; opt-outs and blocks hold if either had them; counters add up.
"""

import datetime

from contacts.folding import fold
from contacts.models import Contact, ContactProfile
from contacts.search import search_text_of

_MEMO = 500
_PLAIN = (
    "name",
    "landline_number",
    "birth_date",
    "language",
    "country",
    "city",
    "web_browser",
    "web_os",
    "web_device",
    "mobile_app_name",
    "mobile_app_version",
)


def combine(survivor: Contact, absorbed: Contact, *, now: datetime.datetime) -> None:
    """Change ``survivor`` and its profile in memory to what both are together."""
    _choose_contact_point(survivor, absorbed, "email", "email")
    _choose_contact_point(survivor, absorbed, "mobile_number", "mobileNumber")
    for column in _PLAIN:
        if not getattr(survivor, column):
            setattr(survivor, column, getattr(absorbed, column))
    survivor.name_folded = fold(survivor.name)
    for flag in ("blocked", "unsubscribe_email", "unsubscribe_texting"):
        setattr(survivor, flag, getattr(survivor, flag) or getattr(absorbed, flag))
    survivor.sessions_count += absorbed.sessions_count
    survivor.created_at = min(survivor.created_at, absorbed.created_at)
    seen = [moment for moment in (survivor.last_seen_at, absorbed.last_seen_at) if moment]
    survivor.last_seen_at = max(seen, default=None)
    # The day of the latest visit exactly: filters on "last seen" use the day to narrow the search.
    days = max(survivor.last_seen_on, absorbed.last_seen_on)
    survivor.last_seen_on = survivor.last_seen_at.astimezone(datetime.UTC).date() if survivor.last_seen_at else days
    survivor.last_touch_at = max(survivor.last_touch_at, absorbed.last_touch_at)
    survivor.updated_at = now
    _combine_profiles(survivor.profile, absorbed.profile)
    survivor.profile.search_text = search_text_of(survivor)


def _choose_contact_point(survivor: Contact, absorbed: Contact, column: str, key: str) -> None:
    theirs, ours = getattr(absorbed, column), getattr(survivor, column)
    more_trusted = getattr(absorbed, f"{column}_qualified") and not getattr(survivor, f"{column}_qualified")
    if theirs and (not ours or more_trusted):
        for name in (column, f"{column}_norm", f"{column}_qualified"):
            setattr(survivor, name, getattr(absorbed, name))
        # QUAL-6: a value that came from the absorbed contact keeps its source.
        survivor.profile.sources = {name: told for name, told in survivor.profile.sources.items() if name != key}


def _combine_profiles(ours: ContactProfile, theirs: ContactProfile) -> None:
    missing = theirs.values.keys() - ours.values.keys()
    ours.values = ours.values | {key: theirs.values[key] for key in missing}
    ours.folded = ours.folded | {key: theirs.folded[key] for key in missing if key in theirs.folded}
    ours.sources = theirs.sources | ours.sources
    ours.address = ours.address or theirs.address
    ours.address_folded = fold(ours.address)
    ours.memo = "\n".join(memo for memo in dict.fromkeys((ours.memo, theirs.memo)) if memo)[:_MEMO]
    ours.memo_folded = fold(ours.memo)
    ours.referrer = ours.referrer or theirs.referrer
    ours.utm = ours.utm or theirs.utm
    ours.import_tags = list(dict.fromkeys([*ours.import_tags, *theirs.import_tags]))
