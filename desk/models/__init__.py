"""Tables of the office."""

from desk.models.api_key import ApiKey
from desk.models.audit import AuditEntry
from desk.models.broker_message import BrokerMessage
from desk.models.idempotency_key import IdempotencyKey
from desk.models.job import Job, JobChunk, JobNote, JobRefusal
from desk.models.membership import Membership, Role
from desk.models.operator import Operator
from desk.models.site import MemberHashMode, RetentionPolicy, Site
from desk.models.webhook import Webhook, WebhookDelivery

__all__ = [
    "ApiKey",
    "AuditEntry",
    "BrokerMessage",
    "IdempotencyKey",
    "Job",
    "JobChunk",
    "JobNote",
    "JobRefusal",
    "MemberHashMode",
    "Membership",
    "Operator",
    "RetentionPolicy",
    "Role",
    "Site",
    "Webhook",
    "WebhookDelivery",
]
