"""What the rules of chats refuse, as answers of the APIs."""

from chats.errors import ChatRefused
from desk.api.errors import ApiError, Malformed, Problem

# Not the request is wrong, but how things stand.
_TAKEN = {"category_taken", "room_tag_taken", "answer_taken", "team_taken"}
_CONFLICTS = {
    *("closed", "blocked", "other_room_open", "key_taken"),
    *("category_above_off", "categories_full", "room_tags_full", "answers_full"),
    *("teams_full", "team_in_use"),
    *("request_open", "request_answered", "request_has_it", "request_no_administrator"),
}
_STATUS = {"gone": 404, "room_tag_unknown": 404, "answer_unknown": 404, "file_too_large": 413, "storage_full": 507}


def refused_chat(refused: ChatRefused, path: str = "") -> ApiError:
    """The answer to what a rule of chats refuses."""
    path = path or refused.path
    if refused.code in _TAKEN:
        return ApiError(409, "already_exists", refused.message, path=path)
    if refused.code in _CONFLICTS:
        return ApiError(409, refused.code, refused.message, path=path)
    if refused.code in _STATUS:
        return ApiError(_STATUS[refused.code], refused.code, refused.message, path=path)
    return Malformed(Problem(path, refused.code, refused.message))
