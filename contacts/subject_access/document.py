"""Subject access: ``person.html``, for people: in one language, on screen and on paper, without scripts.

Every value goes through ``format_html``, which escapes it; links lead to files of the archive and nowhere else. Should
anything get through after all, the policy in the head of the page lets nothing run and nothing be fetched.
"""

import datetime
import itertools
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from django.utils import formats
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.columns import OWN_COLUMNS
from contacts.masking import name_of
from contacts.subject_access.parts import Details, Enclosed, Row, Subject, SubjectPart, Word

_STYLE = Path(__file__).with_name("person.css").read_text(encoding="utf-8")
_LABELS = {column.name: column.label for column in OWN_COLUMNS}
_NOTHING = "–"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Document:
    """Writes the sections into ``body`` while the parts are read, and at last the whole page.

    The page begins with how much there is of each kind, which is known only at the end.
    """

    def __init__(self, subject: Subject, body: TextIO) -> None:
        self._subject = subject
        self._body = body
        self._counts: list[tuple[str, SubjectPart, int]] = []

    def section(self, name: str, part: SubjectPart, rows: Iterable[Row]) -> None:
        """One heading with all its rows."""
        rows = iter(rows)
        first = next(rows, None)
        if first is None:
            self._counts.append((name, part, 0))
            return
        note = format_html('<p class="note">{}</p>', part.note) if part.note else ""
        self._body.write(format_html('<section id="{}"><h2>{}</h2>{}\n', name, part.label, note))
        if part.single:
            self._body.write(self._facts(part, first))
            count = 1
        elif part.wide:
            count = self._records(part, itertools.chain([first], rows))
        else:
            count = self._table(part, itertools.chain([first], rows))
        self._body.write("</section>\n")
        self._counts.append((name, part, count))

    def write_page(self, out: TextIO) -> None:
        """Head, contents and everything that was written into ``body``."""
        subject, language = self._subject, get_language() or "en"
        name = name_of(subject.contact, sees_personal_data=True)
        title = _("Personal data of %(name)s") % {"name": name}
        out.write(
            format_html(
                '<!DOCTYPE html>\n<html lang="{}"><head><meta charset="utf-8">'
                '<meta http-equiv="Content-Security-Policy" content="{}">'
                '<meta name="viewport" content="width=device-width, initial-scale=1">'
                '<meta name="robots" content="noindex"><title>{}</title><style>\n{}</style></head>\n<body><main>\n',
                language,
                _POLICY,
                title,
                mark_safe(_STYLE),  # a file of ours
            )
        )
        words = _("What %(site)s holds about this person, as of %(moment)s (%(zone)s).") % {
            "site": subject.site.name,
            "moment": self._moment(subject.now),
            "zone": subject.site.time_zone,
        }
        machine = _("The same for programs is in person.json; files that were sent are in the folder attachments.")
        out.write(format_html("<header><h1>{}</h1><p>{}</p><p>{}</p></header>\n", title, words, machine))
        out.write(self._contents())
        self._body.seek(0)
        shutil.copyfileobj(self._body, out)
        out.write("</main></body></html>\n")

    def _contents(self) -> str:
        there = [
            (name, part.label, "" if part.single else formats.number_format(count, force_grouping=True))
            for name, part, count in self._counts
            if count
        ]
        rows = format_html_join("", '<li><a href="#{}">{}</a> <span>{}</span></li>', there)
        missing = [str(part.label) for _name, part, count in self._counts if not count]
        none = (
            format_html('<p class="note">{} {}</p>', _("Nothing is held of these kinds:"), ", ".join(missing))
            if missing
            else ""
        )
        return format_html("<nav><h2>{}</h2><ul>{}</ul>{}</nav>\n", _("Contents"), rows, none)

    def _facts(self, part: SubjectPart, row: Row) -> str:
        facts = [(label, self._shown(row.get(key))) for key, label in part.fields.items() if key in row]
        return format_html(
            "<dl>{}</dl>\n", format_html_join("\n", "<dt>{}</dt><dd>{}</dd>", ((capfirst(str(a)), b) for a, b in facts))
        )

    def _records(self, part: SubjectPart, rows: Iterable[Row]) -> int:
        """One below the other, each with what it has: for what has more to tell than fits side by side."""
        count = 0
        for row in rows:
            self._body.write(self._facts(part, {key: value for key, value in row.items() if value or value is False}))
            count += 1
        return count

    def _table(self, part: SubjectPart, rows: Iterable[Row]) -> int:
        keys = [key for key in part.fields if key != part.group]
        heads = format_html_join("", '<th scope="col">{}</th>', ((part.fields[key],) for key in keys))
        self._body.write(format_html("<table><thead><tr>{}</tr></thead><tbody>\n", heads))
        group, count = None, 0
        for row in rows:
            count += 1
            word = row.get(part.group)
            if isinstance(word, Word) and word.code != group:
                group = word.code
                head = '</tbody><tbody><tr><th scope="rowgroup" colspan="{}">{}</th></tr>\n'
                self._body.write(format_html(head, len(keys), word.words))
            cells = [self._cell(part.fields[key], row.get(key)) for key in keys]
            self._body.write(format_html("<tr>{}</tr>\n", mark_safe("".join(cells))))
        self._body.write("</tbody></table>\n")
        return count

    def _cell(self, label: str | Promise, value: Any) -> SafeString:
        """On a narrow screen it stands behind its label, or not at all when there is nothing to say."""
        shown = self._shown(value)
        if shown == _NOTHING:
            return format_html('<td class="none">{}</td>', shown)
        return format_html('<td data-label="{}">{}</td>', label, shown)

    def _shown(self, value: Any) -> str | SafeString:
        if isinstance(value, Word):
            return capfirst(str(value.words))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, datetime.date):  # also a datetime
            shown = self._moment(value) if isinstance(value, datetime.datetime) else _day(value)
            return format_html("<time>{}</time>", shown)
        return self._whole(value) if value or value == 0 else _NOTHING

    def _whole(self, value: Any) -> str | SafeString:
        if isinstance(value, Enclosed):
            return self._file(value)
        if isinstance(value, Mapping):
            labels = _LABELS if isinstance(value, Details) else {}
            lines = ((labels.get(key, key), self._shown(value[key])) for key in value)
            return format_html_join("", "<div><b>{}</b> {}</div>", lines)
        return self._list(value) if isinstance(value, list | tuple) else str(value)

    def _list(self, values: Sequence[Any]) -> str | SafeString:
        if any(isinstance(one, Enclosed | Mapping) for one in values):
            return format_html_join("", "<div>{}</div>", ((self._shown(one),) for one in values))
        return ", ".join(self._shown(one) for one in values)

    def _file(self, file: Enclosed) -> SafeString:
        if not file.path:
            return format_html("{} ({})", file.name, _("no longer there"))
        return format_html('<a href="{}">{}</a>', quote(file.path), file.name)

    def _moment(self, value: datetime.datetime) -> str:
        local = value.astimezone(self._subject.site.zone) if value.tzinfo else value
        return f"{_day(local.date())} {local:%H:%M}"


def _day(value: datetime.date) -> str:
    return formats.date_format(value, "SHORT_DATE_FORMAT").rstrip(".")
