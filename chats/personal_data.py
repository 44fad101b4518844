"""RET-4: what the tables of chats hold, and what erasing does with it (``desk.personal_data``)."""

from desk.personal_data import declare, erased, nothing, of_contacts, of_operators

_GOES = "goes with the chat of the person"
_SITE = "the site's own words"

declare(
    "chats.Chat",
    erased("category_note page parameters last_text", "chats"),
    of_operators("closed_by_kind closed_by", _GOES),
    nothing("account", "the company's own account on a channel"),
)
declare("chats.ContactChats")
declare(
    "chats.Message",
    erased("author_name text client_id channel_key", "chats", _GOES),
)
declare("chats.Memo", erased("text", "chats", _GOES), of_operators("author_name", _GOES))
declare("chats.ChatTag")
declare("chats.Assignment", of_operators("before_name after_name by_kind by", _GOES))
declare(
    "chats.Attachment",
    erased("name key", "chats", "row and file on the disk go with the chat; a file nobody sent after a day"),
    nothing("type", "what kind of file it is"),
)
declare("chats.LeftFile", of_contacts("key", "only while a deleted file is not yet gone from the disk, within an hour"))
declare("chats.OutgoingMessage")
declare(
    "chats.ChatRequest",
    erased("note answer", "chats", _GOES),
    of_operators("by_name to_name answered_by_name", _GOES),
)
declare("chats.Presence")
declare("chats.StreamEvent")
declare("chats.StreamCounter")
declare("chats.ChatNumberCounter")
declare("chats.Category", nothing("name name_folded", _SITE))
declare("chats.RoomTag", nothing("name name_folded", _SITE))
declare("chats.AnswerTemplate", nothing("name name_folded text", _SITE))
declare("chats.PanelTab", nothing("name url", _SITE))
declare("chats.ChatSettings")
declare("chats.Team", nothing("name name_folded", _SITE))
declare("chats.TeamMember")
declare("chats.Availability")
declare("chats.RoutingRule", erased("filter", "routingRules"), nothing("name chat actions", _SITE))
declare(
    "chats.Routing",
    of_operators("operator_name refused", _GOES),
    nothing("rule_name team_name done", _SITE),
)
declare("chats.LookupApi", nothing("name name_folded url secret", _SITE))
declare("chats.LookupQueryItem", nothing("label variable default options channels", _SITE))
declare("chats.LookupResultItem", nothing("label data_name field", _SITE))
declare(
    "chats.LookupCall",
    of_operators("operator_name", "after 30 days, or with the chat"),
    nothing("outcome", "how the call ended"),
)
