"""Who does something: an operator, an API key, the plugin, a command or the desk itself.

Every write takes a keyword-only ``actor``; it is what the audit log and the source of a value name.
"""

from dataclasses import dataclass

from desk.models import ApiKey, Operator


@dataclass(frozen=True, slots=True)
class Actor:
    """``kind`` is one of operator, api, plugin, import, rule, system; ``label`` is for people."""

    kind: str
    label: str
    operator: Operator | None = None
    address: str | None = None

    @classmethod
    def of_operator(cls, operator: Operator, address: str | None = None) -> "Actor":
        """The operator who is signed in, from ``address`` (IP)."""
        return cls("operator", str(operator), operator, address)

    @classmethod
    def of_api_key(cls, key: ApiKey, address: str | None = None) -> "Actor":
        """The program behind an open-API key."""
        return cls("api", key.name, None, address)


PLUGIN = Actor("plugin", "plugin")
SYSTEM = Actor("system", "system")
