"""Reading a JSON body, refusing what would break further in: too much, too deep, no JSON, no Unicode.

PostgreSQL cannot keep NUL, UTF-8 cannot carry half of a surrogate pair, JSON knows neither NaN nor infinity; Python's
own reader lets all of them through.
"""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from desk.api.errors import ApiError, Malformed, Problem, too_large

_DEEPEST = 64


class StrictJSONParser(BaseParser):
    """``application/json``: one object. Others may lower ``max_bytes``."""

    media_type = "application/json"
    max_bytes: int | None = None

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        limit = self.max_bytes or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise too_large()
        try:
            data = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
        except UnicodeDecodeError:
            raise ApiError(400, "invalid", _("The body is not UTF-8.")) from None
        except RecursionError:
            raise ApiError(400, "invalid", _("The body is nested too deeply.")) from None
        except ValueError:
            raise ApiError(400, "invalid", _("The body is not JSON.")) from None
        if not isinstance(data, dict):
            raise ApiError(400, "invalid", _("The body must be a JSON object."))
        _check(data, "", _DEEPEST)
        return data


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check(value: Any, path: str, depth: int) -> None:
    if depth == 0:
        raise Malformed(Problem(path, "too_deep", _("This is nested too deeply.")))
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key, path)
            if not isinstance(inner, bool | int | float | None):
                _check(inner, f"{path}.{key}" if path else key, depth - 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if not isinstance(inner, bool | int | float | None):
                _check(inner, f"{path}.{index}", depth - 1)


def _check_text(text: str, path: str) -> None:
    if text.isascii() and "\0" not in text:
        return
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Malformed(Problem(path, "invalid_text", _("This text contains characters that cannot be stored.")))
