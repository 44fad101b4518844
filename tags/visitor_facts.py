"""The tags that a booting visitor is told of (api.md, ``user.tags``), as one more column of the boot's one SELECT."""

import json
from typing import Any

from contacts.visitor_facts import VisitorFact, visitor_facts

_NAMES = """
SELECT t.name, t.name_folded FROM tags_contacttag ct JOIN tags_tag t ON t.id = ct.tag_id WHERE ct.contact_id = c.id
"""
_SQL = {
    "postgresql": f"(SELECT json_agg(n.name ORDER BY n.name_folded)::text FROM ({_NAMES}) n)",
    "sqlite": f"(SELECT json_group_array(n.name) FROM ({_NAMES} ORDER BY t.name_folded) n)",
}


def _read(value: Any) -> list[str]:
    return json.loads(value) if value else []


visitor_facts.register("tags", VisitorFact(sql=_SQL.__getitem__, read=_read))
