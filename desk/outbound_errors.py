"""Why a call to somebody else's server came to nothing, in words (LOOK-7). Each has its own code and sentence.

None of them carries the address beyond its host, a header or a body: those hold keys and people.
"""

from django.utils.translation import gettext_lazy

_MESSAGES = {
    "url_invalid": gettext_lazy("This is no address of a web server."),
    "url_user": gettext_lazy("The address must not hold a user name or password."),
    "https_needed": gettext_lazy("The address must begin with https://."),
    "dns": gettext_lazy("The name %(host)s was not found."),
    "dns_slow": gettext_lazy("The name %(host)s was not found in time."),
    "address_refused": gettext_lazy("%(host)s lies in a private network, which may not be called from here."),
    "connect": gettext_lazy("%(host)s does not accept connections."),
    "connect_slow": gettext_lazy("%(host)s did not accept the connection within 3 seconds."),
    "tls_expired": gettext_lazy("The certificate of %(host)s has expired."),
    "tls_not_yet": gettext_lazy("The certificate of %(host)s is not valid yet."),
    "tls_wrong_host": gettext_lazy("The certificate of %(host)s was made for another name."),
    "tls_unknown": gettext_lazy("The certificate of %(host)s comes from nobody we know."),
    "tls": gettext_lazy("No secure connection to %(host)s could be made."),
    "timeout": gettext_lazy("%(host)s did not answer within 10 seconds."),
    "broken": gettext_lazy("%(host)s broke off or does not speak HTTP."),
    "redirect": gettext_lazy("%(host)s leads to another address (%(status)s), which is not followed."),
    "status": gettext_lazy("%(host)s answered with an error (%(status)s)."),
    "too_large": gettext_lazy("The answer of %(host)s is larger than 256 KB."),
    "not_json": gettext_lazy("The answer of %(host)s is not JSON."),
}


class OutboundFailed(Exception):
    """``code`` is one of the reasons above; ``status`` the number of the answer, when there was one."""

    def __init__(self, code: str, *, host: str = "", status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.host = host
        self.status = status

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return words_of_failure(self.code, host=self.host, status=self.status)

    def __str__(self) -> str:
        return self.message


def words_of_failure(code: str, *, host: str, status: int | None = None) -> str:
    """The sentence of a code that was kept; a code that is not known (any more) is shown as it is."""
    return str(_MESSAGES[code]) % {"host": host, "status": status} if code in _MESSAGES else code
