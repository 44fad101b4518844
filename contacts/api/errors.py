"""What the rules of contacts refuse, as answers of the APIs."""

from django.utils.translation import gettext as _

from contacts.booting import BootRefused
from contacts.details import ContactGone
from contacts.events import SessionEnded
from contacts.profile_values import DetailRefused
from desk.api.errors import ApiError, Malformed, Problem


def api_error_of(error: Exception) -> ApiError | None:
    """The answer to an exception of this app's rules; None when it is none."""
    if isinstance(error, DetailRefused):
        return Malformed(Problem(error.path, error.code, error.message))
    if isinstance(error, BootRefused):
        return _boot_refusal(error)
    if isinstance(error, SessionEnded | ContactGone):
        return session_expired()
    return None


def session_expired() -> ApiError:
    """401: the page must boot again."""
    return ApiError(401, "session_expired", _("The session is over. Boot again."))


def origin_not_allowed() -> ApiError:
    """403: the site does not list the page's origin."""
    return ApiError(403, "origin_not_allowed", _("Pages of this origin may not use this plugin key."))


def _boot_refusal(error: BootRefused) -> ApiError:
    if error.code == "origin_not_allowed":
        return origin_not_allowed()
    status, message = {
        "plugin_key_unknown": (401, _("There is no such plugin key.")),
        "member_hash_required": (403, _("A memberId must be proven with its member hash.")),
        "member_hash_invalid": (403, _("The member hash does not fit the memberId.")),
    }[error.code]
    return ApiError(status, error.code, message, path=error.path)
