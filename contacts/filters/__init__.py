"""FIL-1..11: the filter language. One JSON document, one interpreter; desk, API, segments and bulk work use it.

``document.parse_filter`` reads (``channel`` turns other systems' documents into ours), ``matching.matching`` answers
who matches, ``unmatched`` which terms matched nobody, ``describe.describe`` says it in words, ``fields.filter_fields``
is where an app registers what a filter may ask about its data.
"""
