"""Tables of chats."""

from chats.models.attachment import Attachment, LeftFile
from chats.models.category import Category, RoomTag
from chats.models.chat import SHARED_CHANNELS, Chat, ChatNumberCounter, ContactChats, State
from chats.models.lookup import ItemControl, ItemKind, LookupApi, LookupCall, LookupQueryItem, LookupResultItem
from chats.models.message import Assignment, Author, ChatTag, Memo, Message
from chats.models.outgoing import OutgoingMessage
from chats.models.request import ChatRequest, RequestKind, RequestState
from chats.models.routing import Routing, RoutingRule
from chats.models.setting import AnswerTemplate, ChatSettings, Distribution, FirstTab, PanelTab, WhenAway
from chats.models.stream import Happened, Presence, StreamCounter, StreamEvent
from chats.models.team import Availability, Team, TeamMember

__all__ = [
    "SHARED_CHANNELS",
    "AnswerTemplate",
    "Assignment",
    "Attachment",
    "Author",
    "Availability",
    "Category",
    "Chat",
    "ChatNumberCounter",
    "ChatRequest",
    "ChatSettings",
    "ChatTag",
    "ContactChats",
    "Distribution",
    "FirstTab",
    "Happened",
    "ItemControl",
    "ItemKind",
    "LeftFile",
    "LookupApi",
    "LookupCall",
    "LookupQueryItem",
    "LookupResultItem",
    "Memo",
    "Message",
    "OutgoingMessage",
    "PanelTab",
    "Presence",
    "RequestKind",
    "RequestState",
    "RoomTag",
    "Routing",
    "RoutingRule",
    "State",
    "StreamCounter",
    "StreamEvent",
    "Team",
    "TeamMember",
    "WhenAway",
]
