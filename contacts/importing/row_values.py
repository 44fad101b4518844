"""What is said of one row of a file: why it is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.models import ContactImport, ImportReject
from desk.jobs.kinds import Refused

# Among the values of a reject that could not be staged: memberId, phone and e-mail of its row, as far as they could be
# read. Nobody is shown them; they say whose row it is when somebody is erased.
WHO = "_who"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is left out. ``column``: the number of the column (from 0), None: the row as a whole.

    ``who``: whom it names, of a row that is not staged.
    """

    line: int
    code: str
    column: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    while_reading: bool = False
    who: Sequence[str] = ()

    def as_reject(self, contact_import: ContactImport) -> ImportReject:
        """The row to keep."""
        return ImportReject(
            site_id=contact_import.site_id,
            contact_import=contact_import,
            line=self.line,
            column=self.column,
            code=self.code,
            values={**self.values, WHO: list(self.who)} if self.who else dict(self.values),
            while_reading=self.while_reading,
        )

    def for_job(self, header: str = "") -> Refused:
        """The same for the list of a job; ``header`` names the column."""
        return Refused(self.code, line=self.line, values={**self.values, "column": header})


def told_values(reject: ImportReject) -> dict[str, Any]:
    """What the sentence of its reason needs."""
    return {name: value for name, value in reject.values.items() if name != WHO}
