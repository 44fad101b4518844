"""Tables of the office."""

from desk.models.api_key import ApiKey
from desk.models.audit import AuditEntry
from desk.models.broker_message import BrokerMessage
from desk.models.membership import Membership, Role
from desk.models.operator import Operator
from desk.models.site import MemberHashMode, RetentionPolicy, Site

__all__ = [
    "ApiKey",
    "AuditEntry",
    "BrokerMessage",
    "MemberHashMode",
    "Membership",
    "Operator",
    "RetentionPolicy",
    "Role",
    "Site",
]
