"""What a booting visitor and the open API are told of chats: how many there were, and how much is unread."""

from typing import Any

from contacts.visitor_facts import VisitorFact, visitor_facts

_OF = "FROM chats_contactchats s WHERE s.contact_id = c.id"


def _number(value: Any) -> int:
    return int(value or 0)


visitor_facts.register("chatsCount", VisitorFact(sql=lambda vendor: f'(SELECT s."count" {_OF})', read=_number))
visitor_facts.register("unread", VisitorFact(sql=lambda vendor: f"(SELECT s.unread {_OF})", read=_number))
