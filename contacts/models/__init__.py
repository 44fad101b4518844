"""Tables of people: contacts, the identities they arrive with, and what is known and seen of them."""

from contacts.models.contact import Contact, ContactProfile, CustomerNumberCounter, Kind, LeadReason
from contacts.models.event import Event
from contacts.models.frozen_value import FrozenValue, JoinCount, JunkSighting
from contacts.models.identity import Channel, Identity, VerifiedBy
from contacts.models.kept_filter import KeptFilter
from contacts.models.known_value import KnownField, KnownValue, Source
from contacts.models.merge import ContactAlias, Merge
from contacts.models.merge_suggestion import MergeSuggestion, SuggestionReason
from contacts.models.pending_merge import PendingMerge
from contacts.models.profile_field import FieldType, ProfileField
from contacts.models.visit import Visit

__all__ = [
    "Channel",
    "Contact",
    "ContactAlias",
    "ContactProfile",
    "CustomerNumberCounter",
    "Event",
    "FieldType",
    "FrozenValue",
    "Identity",
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
    "Source",
    "SuggestionReason",
    "VerifiedBy",
    "Visit",
]
