"""A kind of job that leaves a trace of every item it does, and can be made to fail, wait or lose its job anywhere."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from desk.actors import SYSTEM
from desk.jobs.kinds import JobKind, Refused, Start, Step
from desk.jobs.queueing import add_job
from desk.models import AuditEntry, Job, JobNote, Site

DID = "toy.did"


def nothing(job: Job) -> None:
    """What happens at the places where a test may make something happen."""


class Toy:
    """Does ``items`` numbers in batches; every multiple of ``refuses`` is refused, every odd one is “already so”.

    ``on_start``, ``on_step`` (after the work, before the progress is saved) and ``on_finish`` are the test's hooks.
    """

    def __init__(self, *, items: int = 10, batch: int = 4, refuses: int = 7) -> None:
        self.items, self.batch, self.refuses = items, batch, refuses
        self.on_start: Callable[[Job], None] = nothing
        self.on_step: Callable[[Job], None] = nothing
        self.on_finish: Callable[[Job], None] = nothing
        self.kind = JobKind(
            name="toy",
            label=lambda job: "Toy",
            start=self.start,
            step=self.step,
            finish=self.finish,
            permission=lambda job: "contacts.view",
            undo="toyUndo",
        )
        self.undo = JobKind(
            name="toyUndo",
            label=lambda job: "Undo: Toy",
            start=self.start,
            step=self.step,
            permission=lambda job: "contacts.view",
        )

    def start(self, job: Job) -> Start:
        self.on_start(job)
        return Start(self.items, 0 if self.items else None)

    def step(self, job: Job, cursor: int) -> Step:
        numbers = range(cursor, min(cursor + self.batch, self.items))
        AuditEntry.objects.bulk_create(
            AuditEntry(site=job.site, at=timezone.now(), actor="toy", action=DID, target_id=f"{job.pk}:{number}")
            for number in numbers
        )
        self.on_step(job)
        refused = tuple(
            Refused("seventh", target_id=number, values={"n": number})
            for number in numbers
            if not number % self.refuses
        )
        unchanged = sum(1 for number in numbers if number % 2 and number % self.refuses)
        return Step(
            numbers.stop if numbers.stop < self.items else None,
            done=len(numbers),
            changed=len(numbers) - unchanged - len(refused),
            unchanged=unchanged,
            refused=refused,
            result={"batches": 1, "last": str(numbers[-1]), "seen": list(numbers[:1])},
        )

    def finish(self, job: Job) -> Mapping[str, Any]:
        self.on_finish(job)
        return {"finished": 1}


def add_toy(site: Site, **options: Any) -> Job:
    """A toy job, as the desk itself."""
    return add_job("toy", site=site, actor=SYSTEM, params={}, **options)


def did(job: Job) -> Counter[int]:
    """How often each item was done, as far as it is in the database."""
    targets = AuditEntry.objects.filter(action=DID, target_id__startswith=f"{job.pk}:").values_list(
        "target_id", flat=True
    )
    return Counter(int(target.partition(":")[2]) for target in targets)


def once(items: int) -> Counter[int]:
    """Each item one time."""
    return Counter(range(items))


def notes(job: Job) -> list[str]:
    """The codes of the job's log, in order."""
    return list(JobNote.objects.filter(job=job).order_by("pk").values_list("code", flat=True))


def fresh(job: Job) -> Job:
    """The row as it is now."""
    return Job.objects.select_related("site", "operator", "undo_of").get(pk=job.pk)
