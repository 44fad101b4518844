"""Tables of people: contacts, the identities they arrive with, and what is known and seen of them."""

from contacts.models.contact import Contact, ContactProfile, CustomerNumberCounter, Kind, LeadReason
from contacts.models.contact_change import ContactChange
from contacts.models.contact_export import ContactExport
from contacts.models.contact_import import (
    ContactImport,
    ImportBatch,
    ImportReject,
    ImportRow,
    SavedMapping,
    Verdict,
)
from contacts.models.deletion_count import DeletionCount, DeletionReason
from contacts.models.event import Event
from contacts.models.frozen_value import FrozenValue, JoinCount, JunkSighting
from contacts.models.hold import Hold
from contacts.models.identity import Channel, Identity, VerifiedBy
from contacts.models.kept_filter import KeptFilter
from contacts.models.known_value import KnownField, KnownValue, Source
from contacts.models.merge import ContactAlias, Merge
from contacts.models.merge_suggestion import MergeSuggestion, SuggestionReason
from contacts.models.pending_merge import PendingMerge
from contacts.models.profile_field import FieldType, ProfileField
from contacts.models.retention_run import RetentionRun
from contacts.models.visit import Visit

__all__ = [
    "Channel",
    "Contact",
    "ContactAlias",
    "ContactChange",
    "ContactExport",
    "ContactImport",
    "ContactProfile",
    "CustomerNumberCounter",
    "DeletionCount",
    "DeletionReason",
    "Event",
    "FieldType",
    "FrozenValue",
    "Hold",
    "Identity",
    "ImportBatch",
    "ImportReject",
    "ImportRow",
    "JoinCount",
    "JunkSighting",
    "KeptFilter",
    "Kind",
    "KnownField",
    "KnownValue",
    "LeadReason",
    "Merge",
    "MergeSuggestion",
    "PendingMerge",
    "ProfileField",
    "RetentionRun",
    "SavedMapping",
    "Source",
    "SuggestionReason",
    "Verdict",
    "VerifiedBy",
    "Visit",
]
