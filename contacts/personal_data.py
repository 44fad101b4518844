"""RET-4: what the tables of people hold, and what erasing does with it (``desk.personal_data``)."""

from desk.personal_data import declare, erased, nothing, of_operators

_WITH = "its row is deleted with the person"

declare(
    "contacts.Contact",
    erased(
        "member_id member_id_folded name name_folded email email_norm mobile_number mobile_number_norm landline_number"
        " birth_date language country city web_browser web_os web_device mobile_app_name mobile_app_version"
        " last_seen_on",
        "",
        "it is the person's row, which goes last",
    ),
)
declare(
    "contacts.ContactProfile",
    erased(
        "values folded sources memo memo_folded address address_folded referrer utm import_tags search_text",
        "profile",
        _WITH,
    ),
)
declare("contacts.Identity", erased("key verified_mobile", "identities"))
declare("contacts.Visit", erased("token_digest page referrer utm", "visits"))
declare("contacts.Event", erased("name property", "events"))
declare("contacts.KnownValue", erased("value norm source_label", "knownValues"))
declare("contacts.ContactAlias", erased("value", "aliases"))
declare(
    "contacts.Merge",
    erased("journal", "merges", "deleted with the survivor, snapshot of the absorbed person and all"),
    of_operators("trigger actor undone_by", "goes with the person who was unified"),
)
declare(
    "contacts.MergeSuggestion",
    erased("value", "suggestions"),
    of_operators("dismissed_by", "goes with the two people"),
)
declare("contacts.PendingMerge", erased("value source_label", "pending"))
declare("contacts.ContactChange", erased("before", "changesByJobs"))
declare("contacts.Hold", erased("reason until", "holds"), of_operators("actor ended_by", "goes with the person"))
declare(
    "contacts.FrozenValue",
    erased("value", "frozenValues", "deleted with the last person who has the value"),
    of_operators("thawed_by", "goes with the value"),
)
declare(
    "contacts.JoinCount",
    erased("value", "frozenValues", "deleted with the last person who has the value; after two days in any case"),
    nothing("day", "the day of a count"),
)
declare("contacts.JunkSighting", nothing("value", "a value that the site has declared to belong to nobody"))

declare(
    "contacts.ContactImport",
    erased("stored_as", "importRows", "the file is removed from the disk with anybody in it; after 30 days"),
    nothing("name sha256 mapping import_tag checked ran", "how a file is called and read, and counts"),
    of_operators("actor", "stays: who uploaded a file"),
)
declare("contacts.ImportRow", erased("member_id phone email values made", "importRows", _WITH + "; after 30 days"))
declare("contacts.ImportReject", erased("code values", "importRows", "deleted with the person its row names; 30 days"))
declare("contacts.ImportBatch", nothing("others", "numbers of lines"))
declare("contacts.SavedMapping", nothing("name name_folded mapping", "names of columns"))
declare(
    "contacts.ContactExport",
    erased("stored_as state", "exports", "the file is removed from the disk with anybody in it; after a week"),
    erased("reason", "texts", "emptied when it names the person"),
    nothing("name columns", "the site, the moment and the names of columns"),
    of_operators("actor", "stays: who took people away"),
)
declare(
    "contacts.KeptFilter",
    erased("document", "texts", "the person's values are taken out; the row goes after 90 days without use"),
    nothing("key", "a digest"),
)

declare("contacts.DeletionCount", nothing("day", "how many went on a day, for which reason: what stays (KIND-5)"))
declare("contacts.RetentionRun", nothing("day counts", "how many a sweep deleted"), of_operators("actor", "who swept"))
declare("contacts.ProfileField", nothing("key label", "the site's own names of fields"))
declare("contacts.CustomerNumberCounter")
