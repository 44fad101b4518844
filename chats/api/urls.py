"""Addresses of the open API that chats serve; ``config.api`` mounts them below /api/v1/."""

from django.urls import URLPattern, path

from chats.api.agents import AgentsView, AgentView
from chats.api.answer_templates import AnswersView, AnswerView
from chats.api.attachments import AttachmentsView, AttachmentView
from chats.api.categories import CategoriesView, CategoryView
from chats.api.intake import IntakeView
from chats.api.outgoing import OutgoingDoneView, OutgoingView
from chats.api.requests import ChatRequestsView, RequestsView, RequestView
from chats.api.room_tags import RoomTagsView, RoomTagView
from chats.api.routing_rules import RoutingOrderView, RoutingRulesView, RoutingRuleView
from chats.api.teams import TeamsView, TeamView
from chats.api.views import ChatsView, ChatView, ContactChatsView, MemosView, MessagesView

urlpatterns: list[URLPattern] = [
    path("intake", IntakeView.as_view(), name="api-intake"),
    path("outgoing", OutgoingView.as_view(), name="api-outgoing"),
    path("outgoing/<str:message_id>/done", OutgoingDoneView.as_view(), name="api-outgoing-done"),
    path("attachments", AttachmentsView.as_view(), name="api-attachments"),
    path("attachments/<str:attachment_id>", AttachmentView.as_view(), name="api-attachment"),
    path("chats", ChatsView.as_view(), name="api-chats"),
    path("chats/<str:chat_id>", ChatView.as_view(), name="api-chat"),
    path("chats/<str:chat_id>/messages", MessagesView.as_view(), name="api-chat-messages"),
    path("chats/<str:chat_id>/memos", MemosView.as_view(), name="api-chat-memos"),
    path("chats/<str:chat_id>/requests", ChatRequestsView.as_view(), name="api-chat-requests"),
    path("requests", RequestsView.as_view(), name="api-requests"),
    path("requests/<str:request_id>", RequestView.as_view(), name="api-request"),
    path("categories", CategoriesView.as_view(), name="api-categories"),
    path("categories/<str:category_id>", CategoryView.as_view(), name="api-category"),
    path("room-tags", RoomTagsView.as_view(), name="api-room-tags"),
    path("room-tags/<str:tag_id>", RoomTagView.as_view(), name="api-room-tag"),
    path("routing-rules", RoutingRulesView.as_view(), name="api-routing-rules"),
    path("routing-rules/order", RoutingOrderView.as_view(), name="api-routing-order"),
    path("routing-rules/<str:rule_id>", RoutingRuleView.as_view(), name="api-routing-rule"),
    path("answer-templates", AnswersView.as_view(), name="api-answer-templates"),
    path("answer-templates/<str:answer_id>", AnswerView.as_view(), name="api-answer-template"),
    path("teams", TeamsView.as_view(), name="api-teams"),
    path("teams/<str:team_id>", TeamView.as_view(), name="api-team"),
    path("agents", AgentsView.as_view(), name="api-agents"),
    path("agents/<str:agent_id>", AgentView.as_view(), name="api-agent"),
    path("contacts/<str:contact_id>/chats", ContactChatsView.as_view(), name="api-contact-chats"),
]
