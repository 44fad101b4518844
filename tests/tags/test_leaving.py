"""TAG-2: deleting a tag and merging two, at once or in the background, and the way back (JOB-2, JOB-4)."""

import datetime
from collections.abc import Sequence

import pytest
from django.utils import timezone

from contacts.models import Contact
from desk.actors import PLUGIN, Actor
from desk.jobs.kinds import label_of
from desk.jobs.queueing import JobCannotBeUndone, cancel_job, undo_job
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Job, JobRefusal, Operator, Site
from tags.catalogue import change_tag, create_tag, find_or_create_tags, find_tags, rename_tag
from tags.errors import TagRefused
from tags.leaving import AT_ONCE, delete_tag, merge_tags
from tags.models import ContactTag, Tag
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

EARLY = datetime.datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=datetime.UTC)
LATE = datetime.datetime(2026, 2, 1, tzinfo=datetime.UTC)


@pytest.fixture
def actor(alice: Operator) -> Actor:
    return Actor.of_operator(alice, "127.0.0.1")


@pytest.fixture
def vip(shop: Site) -> Tag:
    return TagFactory(site=shop, name="VIP", color="#d64545", description="Best")


@pytest.fixture
def gold(shop: Site) -> Tag:
    return TagFactory(site=shop, name="Gold")


def attached(tag: Tag, people: int = 1, **columns: object) -> list[Contact]:
    """So many new contacts that carry the tag."""
    contacts = [ContactFactory(site=tag.site) for _ in range(people)]
    for contact in contacts:
        ContactTagFactory(site=tag.site, tag=tag, contact=contact, **columns)
    return contacts


def attached_to_many(tag: Tag) -> None:
    """As many as are no longer done at once."""
    many = [ContactFactory.build(site=tag.site) for _ in range(AT_ONCE + 1)]
    Contact.objects.bulk_create(many)
    now = timezone.now()
    ContactTag.objects.bulk_create(
        ContactTag(site=tag.site, tag=tag, contact=contact, source="operator", at=now) for contact in many
    )


def state(site: Site) -> list[tuple[object, ...]]:
    """Every attachment with all that is known of it."""
    rows = ContactTag.objects.filter(site=site).order_by("contact_id", "tag__name")
    return list(
        rows.values_list("contact_id", "tag_id", "tag__name", "source", "source_label", "operator_id", "at", "job_id")
    )


def carriers(tag: Tag) -> set[int]:
    return set(ContactTag.objects.filter(tag=tag).values_list("contact_id", flat=True))


def work(job: Job) -> Job:
    work_off(job.pk, token=new_token())
    return Job.objects.get(pk=job.pk)


def undo(job: Job, actor: Actor) -> Job:
    return work(undo_job(job, actor=actor))


# --- deleting ---------------------------------------------------------------------------------------------


def test_deleted_tag_takes_its_attachments_and_no_contact(shop: Site, vip: Tag, gold: Tag, actor: Actor) -> None:
    """TAG-2: the number concerned is counted and recorded; few are done at once."""
    for contact in attached(vip, 2):
        ContactTagFactory(site=shop, tag=gold, contact=contact)
    job = delete_tag(vip, actor=actor)
    assert (job.state, job.total, job.changed) == ("done", 2, 2)
    assert not Tag.objects.filter(pk=vip.pk).exists()
    assert ContactTag.objects.count() == 2
    assert shop.contacts.count() == 2
    entry = AuditEntry.objects.get(action="tag.delete")
    assert (entry.details["name"], entry.details["attachments"], entry.operator) == ("VIP", 2, actor.operator)


def test_tag_that_nobody_carries_is_deleted(vip: Tag, actor: Actor) -> None:
    """TAG-2"""
    assert delete_tag(vip, actor=actor).state == "done"
    assert not Tag.objects.exists()


def test_tag_on_many_goes_in_the_background(shop: Site, vip: Tag, actor: Actor) -> None:
    """TAG-2, JOB-1: the page is answered at once; the tag is there until the job is through."""
    attached_to_many(vip)
    job = delete_tag(vip, actor=actor)
    assert (job.state, job.background, job.total) == ("queued", True, AT_ONCE + 1)
    assert Tag.objects.get(pk=vip.pk).is_leaving
    assert work(job).state == "done"
    assert not Tag.objects.exists()
    assert not ContactTag.objects.exists()


def test_tag_that_is_going_is_not_attached_changed_or_deleted_again(
    shop: Site, vip: Tag, gold: Tag, actor: Actor
) -> None:
    """TAG-2: every door finds tags by name here; each refusal names the tag."""
    attached_to_many(vip)
    delete_tag(vip, actor=actor)
    for attempt in (
        lambda: find_tags(shop, ["vip"]),
        lambda: find_or_create_tags(shop, ["vip", "new"], actor=PLUGIN),
        lambda: rename_tag(vip, "other", actor=actor),
        lambda: change_tag(vip, color="#000000", actor=actor),
        lambda: delete_tag(vip, actor=actor),
        lambda: merge_tags(vip, gold, actor=actor),
        lambda: merge_tags(gold, vip, actor=actor),
    ):
        with pytest.raises(TagRefused, match="VIP") as refused:
            attempt()
        assert refused.value.code == "leaving"
    with pytest.raises(TagRefused) as refused:
        create_tag(shop, "VIP", actor=actor)
    assert refused.value.code == "name_taken"
    assert not Tag.objects.filter(name="new").exists()


def test_cancelled_deletion_leaves_a_tag_that_can_be_used(vip: Tag, actor: Actor) -> None:
    """JOB-1: what is left of it."""
    attached_to_many(vip)
    job = delete_tag(vip, actor=actor)
    cancel_job(job, actor=actor)
    assert find_tags(vip.site, ["VIP"]) == [vip]
    assert len(carriers(vip)) == AT_ONCE + 1
    assert work(delete_tag(vip, actor=actor)).state == "done"


def test_whoever_gets_the_tag_while_it_goes_loses_it_too(shop: Site, vip: Tag, actor: Actor) -> None:
    """JOB-2: attached behind the cursor, by a job that had begun before."""
    attached_to_many(vip)
    early = ContactFactory(site=shop, id=1)
    job = delete_tag(vip, actor=actor)
    assert work_off(job.pk, token=new_token(), seconds=0).more
    ContactTagFactory(site=shop, tag=vip, contact=early)
    job = work(job)
    assert (job.state, job.changed) == ("done", AT_ONCE + 2)
    assert not ContactTag.objects.exists()
    undo(job, actor)
    assert early.pk in carriers(Tag.objects.get(pk=vip.pk))


def test_deleted_tag_comes_back_as_it_was_on_whom_it_was(shop: Site, vip: Tag, bob: Operator, actor: Actor) -> None:
    """JOB-4: id, colour and description, and of each attachment who made it and when (TAG-5)."""
    attached(vip, 2, source="operator", source_label="Bob", operator=bob, at=EARLY, job_id=17)
    attached(vip, 1, source="plugin", source_label="plugin", at=LATE)
    before, tag = state(shop), Tag.objects.values().get()
    job = delete_tag(vip, actor=actor)
    assert undo(job, actor).changed == 3
    assert state(shop) == before
    assert {**Tag.objects.values().get(), "leaving_id": None} == tag
    assert AuditEntry.objects.filter(action="job.undo").count() == 1


def test_what_happened_since_the_deletion_stays(shop: Site, vip: Tag, actor: Actor) -> None:
    """JOB-4, TAG-1: who is gone stays gone, who carries 20 tags by now is refused and named."""
    gone, full, rest = attached(vip, 3)
    job = delete_tag(vip, actor=actor)
    gone.delete()
    for _ in range(20):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=full)
    undone = undo(job, actor)
    assert (undone.changed, undone.refused) == (1, 1)
    assert carriers(vip) == {rest.pk}
    assert JobRefusal.objects.get().target_id == full.pk


def test_tag_whose_name_is_taken_by_now_does_not_come_back(shop: Site, vip: Tag, actor: Actor) -> None:
    """TAG-1: told with the name, and nothing is changed."""
    attached(vip)
    job = delete_tag(vip, actor=actor)
    create_tag(shop, "vip", actor=actor)
    undone = undo(job, actor)
    assert (undone.state, undone.error, undone.error_values) == ("failed", "name_taken", {"tag": "VIP"})
    assert not ContactTag.objects.exists()


def test_full_site_takes_no_tag_back(shop: Site, vip: Tag, actor: Actor) -> None:
    """TAG-1"""
    attached(vip)
    job = delete_tag(vip, actor=actor)
    Tag.objects.bulk_create(Tag(site=shop, name=f"t{n}", name_folded=f"t{n}") for n in range(1_000))
    assert undo(job, actor).error == "site_full"


def test_cancelled_deletion_is_undone_as_far_as_it_went(shop: Site, vip: Tag, actor: Actor) -> None:
    """JOB-4"""
    attached_to_many(vip)
    before = state(shop)
    job = delete_tag(vip, actor=actor)
    assert work_off(job.pk, token=new_token(), seconds=0).more
    work_off(job.pk, token=new_token(), seconds=0)
    cancel_job(job, actor=actor)
    assert not carriers(vip)
    undo(Job.objects.get(pk=job.pk), actor)
    assert state(shop) == before


# --- merging ----------------------------------------------------------------------------------------------


def test_merged_tag_is_carried_as_the_one_that_stays(shop: Site, vip: Tag, gold: Tag, actor: Actor) -> None:
    """TAG-2: who carries both keeps the earlier attachment (as when two people are unified)."""
    [only] = attached(vip, at=LATE, source="plugin")
    [both] = attached(vip, at=EARLY, source="api")
    [other] = attached(gold)
    ContactTagFactory(site=shop, tag=gold, contact=both, at=LATE)
    [late] = attached(vip, at=LATE, source="api")
    ContactTagFactory(site=shop, tag=gold, contact=late, at=EARLY)
    job = merge_tags(vip, gold, actor=actor)
    assert (job.state, job.changed, job.result["both"]) == ("done", 3, 2)
    assert [tag.name for tag in Tag.objects.all()] == ["Gold"]
    rows = dict(ContactTag.objects.filter(tag=gold).values_list("contact_id", "source"))
    assert rows == {only.pk: "plugin", both.pk: "api", other.pk: "operator", late.pk: "operator"}
    details = AuditEntry.objects.get(action="tag.merge").details
    assert (details["name"], details["into"]) == ("VIP", "Gold")


def test_merge_is_no_matter_of_the_limit(shop: Site, vip: Tag, gold: Tag, actor: Actor) -> None:
    """TAG-1: nobody carries more tags than before."""
    [contact] = attached(vip)
    for _ in range(19):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=contact)
    merge_tags(vip, gold, actor=actor)
    assert contact.tag_attachments.count() == 20


def test_tag_is_not_merged_into_itself_nor_a_survivor_taken_away(shop: Site, vip: Tag, gold: Tag, actor: Actor) -> None:
    """TAG-2"""
    with pytest.raises(TagRefused, match="VIP"):
        merge_tags(vip, vip, actor=actor)
    attached_to_many(vip)
    merge_tags(vip, gold, actor=actor)
    for attempt in (
        lambda: delete_tag(gold, actor=actor),
        lambda: merge_tags(gold, TagFactory(site=shop), actor=actor),
    ):
        with pytest.raises(TagRefused, match="Gold") as refused:
            attempt()
        assert refused.value.code == "merge_target"
    # A second one may be merged into it at the same time.
    assert merge_tags(TagFactory(site=shop), gold, actor=actor).state == "done"


def test_segments_follow_a_merge_and_return_with_its_undo(shop: Site, vip: Tag, gold: Tag, actor: Actor) -> None:
    """SEG-1, TAG-2: a segment that somebody changed since keeps what it says now."""
    attached(vip)

    def naming(*names: str) -> dict[str, list[dict[str, object]]]:
        return {"and": [{"key": "tags", "op": "anyOf", "values": list(names)}]}

    one, two, other = (
        SegmentFactory(site=shop, filter=naming(*names)) for names in (["VIP"], ["gold", "vip"], ["Gold"])
    )
    job = merge_tags(vip, gold, actor=actor)
    for segment in (one, two, other):
        segment.refresh_from_db()
    assert (one.filter, two.filter, other.filter) == (naming("Gold"), naming("Gold"), naming("Gold"))
    two.filter = naming("Gold", "x")
    two.save()
    undo(job, actor)
    for segment in (one, two, other):
        segment.refresh_from_db()
    assert (one.filter, two.filter, other.filter) == (naming("VIP"), naming("Gold", "x"), naming("Gold"))


def test_undone_merge_gives_everybody_back_what_they_carried(
    shop: Site, vip: Tag, gold: Tag, bob: Operator, actor: Actor
) -> None:
    """JOB-4: both attachments of who carried both, as they were."""
    attached(vip, 2, at=LATE, source="operator", source_label="Bob", operator=bob)
    for ours, theirs in ((EARLY, LATE), (LATE, EARLY), (EARLY, EARLY)):
        [contact] = attached(vip, at=ours, source="plugin")
        ContactTagFactory(site=shop, tag=gold, contact=contact, at=theirs, source="api")
    attached(gold)
    before = state(shop)
    job = merge_tags(vip, gold, actor=actor)
    assert undo(job, actor).changed == 5
    assert state(shop) == before
    assert {tag.name for tag in Tag.objects.all()} == {"VIP", "Gold"}


def test_what_somebody_changed_since_a_merge_stays(shop: Site, vip: Tag, gold: Tag, actor: Actor) -> None:
    """JOB-4: who lost the merged tag, or got it anew, is left alone."""
    lost, anew, rest = attached(vip, 3, at=EARLY)
    job = merge_tags(vip, gold, actor=actor)
    ContactTag.objects.filter(contact__in=[lost, anew]).delete()
    ContactTagFactory(site=shop, tag=gold, contact=anew, at=LATE)
    undone = undo(job, actor)
    assert (undone.changed, undone.unchanged) == (1, 2)
    assert (carriers(vip), carriers(gold)) == ({rest.pk}, {anew.pk})


def test_merge_whose_survivor_is_gone_cannot_be_undone(vip: Tag, gold: Tag, actor: Actor) -> None:
    """JOB-4: said before it is tried."""
    attached(vip)
    job = merge_tags(vip, gold, actor=actor)
    delete_tag(gold, actor=actor)
    with pytest.raises(JobCannotBeUndone) as refused:
        undo_job(job, actor=actor)
    assert refused.value.code == "survivor_gone"


def test_chain_of_merge_and_deletion_is_undone_in_turn(shop: Site, vip: Tag, gold: Tag, actor: Actor) -> None:
    """JOB-4"""
    attached(vip, 2)
    attached(gold, 1)
    before = state(shop)
    merged = merge_tags(vip, gold, actor=actor)
    deleted = delete_tag(gold, actor=actor)
    undo(deleted, actor)
    undo(merged, actor)
    assert state(shop) == before


def test_merge_interrupted_after_every_batch_ends_the_same(shop: Site, vip: Tag, gold: Tag, actor: Actor) -> None:
    """JOB-2: given back and taken up again; nothing twice, nothing left out."""
    attached_to_many(vip)
    people = carriers(vip)
    job = merge_tags(vip, gold, actor=actor)
    slices = 1
    while work_off(job.pk, token=new_token(), seconds=0).more:
        slices += 1
    assert slices > 2
    assert carriers(gold) == people
    assert Job.objects.get(pk=job.pk).changed == len(people)


def test_jobs_of_tags_say_what_they_are(vip: Tag, gold: Tag, actor: Actor) -> None:
    """JOB-1"""
    attached(vip)
    merged = merge_tags(vip, gold, actor=actor)
    undone = undo_job(merged, actor=actor)
    deleted = delete_tag(gold, actor=actor)
    labels: Sequence[str] = [label_of(job) for job in (merged, undone, deleted)]
    assert labels == ["Merge tag: VIP → Gold", "Undo: Merge tag: VIP → Gold", "Delete tag: Gold"]
