"""UNI-7 for the check: two people become one in memory, by the rule that the merge itself uses."""

import datetime
from collections.abc import Mapping

from contacts.combining import combine
from contacts.importing.people import CONTACT_COLUMNS, PROFILE_COLUMNS, Person
from contacts.importing.world import World
from contacts.models import Contact, ContactProfile
from contacts.visits import day_of


def merge_in_memory(world: World, member: int, lead: int) -> None:
    """``lead`` becomes part of ``member``: columns, known values and tags."""
    survivor, absorbed = world.people[member], world.people[lead]
    for person in (survivor, absorbed):
        note = [world.origin.source.value, world.origin.now.isoformat(), world.origin.label]
        person.now["sources"] = person.now["sources"] | dict.fromkeys(person.changed_fields(), note)
        person.settle()
    there = Contact.objects.select_related("profile").in_bulk([member, lead])
    both = combine(_as_contact(survivor, there, world), _as_contact(absorbed, there, world), choices={})
    for column, value in {**both.contact, **both.profile}.items():
        if column in survivor.now:
            survivor.now[column] = value.isoformat() if isinstance(value, datetime.date) else value
    survivor.known = absorbed.known | dict.fromkeys(absorbed.seen, True) | survivor.known
    survivor.norms |= absorbed.norms | {known: norm for known, norm in absorbed.seen.items() if norm}
    survivor.tags = survivor.had_tags = survivor.tags | absorbed.tags
    world.unified(lead, member)


def _as_contact(person: Person, there: Mapping[int, Contact], world: World) -> Contact:
    """The model of somebody as they would be by now."""
    now = world.origin.now
    contact = there.get(person.id)
    if contact is None:
        contact = Contact(id=person.id, created_at=now, updated_at=now, last_touch_at=now, last_seen_on=day_of(now))
        contact.profile = ContactProfile(contact=contact)
    contact.site = world.site
    for column in CONTACT_COLUMNS:
        setattr(contact, column, person.now[column])
    if isinstance(person.now["birth_date"], str):
        contact.birth_date = datetime.date.fromisoformat(person.now["birth_date"])
    for column in PROFILE_COLUMNS:
        setattr(contact.profile, column, person.now[column])
    contact.customer_number = contact.customer_number or 0
    return contact
