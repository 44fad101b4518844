"""What the rules of tags refuse, as answers of the APIs."""

from desk.api.errors import ApiError, Malformed, Problem
from tags.errors import TagRefused

# Not the request is wrong, but what is there already, or happens to it now, leaves no room for it.
_CONFLICTS = {"site_full", "plugin_full", "contact_full", "leaving", "merge_target", "gone"}


def api_error_of(refused: TagRefused, path: str) -> ApiError:
    """The answer; ``path`` leads to the field that named the tag. The message names tag or contact (TAG-1)."""
    if refused.code == "name_taken":
        return ApiError(409, "already_exists", refused.message, path=path)
    if refused.code in _CONFLICTS:
        return ApiError(409, refused.code, refused.message, path=path)
    return Malformed(Problem(path, refused.code, refused.message))
