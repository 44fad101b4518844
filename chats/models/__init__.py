"""Tables of chats."""

from chats.models.attachment import Attachment, LeftFile
from chats.models.category import Category, RoomTag
from chats.models.chat import SHARED_CHANNELS, Chat, ChatNumberCounter, ContactChats, State
from chats.models.message import Assignment, Author, ChatTag, Memo, Message
from chats.models.outgoing import OutgoingMessage
from chats.models.request import ChatRequest, RequestKind, RequestState
from chats.models.setting import AnswerTemplate, ChatSettings, FirstTab, PanelTab
from chats.models.stream import Happened, Presence, StreamCounter, StreamEvent

__all__ = [
    "SHARED_CHANNELS",
    "AnswerTemplate",
    "Assignment",
    "Attachment",
    "Author",
    "Category",
    "Chat",
    "ChatNumberCounter",
    "ChatRequest",
    "ChatSettings",
    "ChatTag",
    "ContactChats",
    "FirstTab",
    "Happened",
    "LeftFile",
    "Memo",
    "Message",
    "OutgoingMessage",
    "PanelTab",
    "Presence",
    "RequestKind",
    "RequestState",
    "RoomTag",
    "State",
    "StreamCounter",
    "StreamEvent",
]
