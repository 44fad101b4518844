"""RET-4: what the tables of segments hold, and what erasing does with it (``desk.personal_data``)."""

from desk.personal_data import declare, erased, nothing

declare(
    "segments.Segment",
    erased("filter", "segments", "the person's memberId, phone and e-mail are taken out of the conditions"),
    nothing("name name_folded", "the site's own words"),
)
declare("segments.SegmentSize", nothing("day", "how many there were on a day"))
declare("segments.CountedSite")
