"""Full years, as people count them (FIL-2 ``age``, the contact of the open API)."""

import datetime


def age_on(day: datetime.date, born: datetime.date | None) -> int | None:
    """The age on ``day`` of who was ``born`` then; who was born on 29 February is a year older on 1 March."""
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
