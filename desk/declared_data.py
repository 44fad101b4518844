"""RET-4: what tables of the office and of libraries hold, and what erasing does with it (``desk.personal_data``)."""

from desk.personal_data import declare, erased, nothing, of_contacts, of_operators

_SITE = "settings of the site"
_ACCOUNT = "stays as long as the account"
_LIBRARY = "a table of Django that tells about nobody"

declare(
    "desk.AuditEntry",
    erased("details", "auditDetails", "emptied of entries about the person, their chats, and others that name them"),
    erased("reason", "texts", "emptied of the same entries"),
    of_operators("actor address", "stays as long as the site: who did something, and from where"),
    nothing("action target_type target_id", "what was done; the number of a person who is gone leads nowhere"),
)
declare(
    "desk.Job",
    erased("params result error_values", "texts", "every text that names the person is blotted out; after 90 days"),
    of_operators("actor actor_kind address", "forgotten 90 days after the end of the job"),
    nothing("kind cursor error claim", "how far a job is"),
)
declare("desk.JobChunk", nothing("packed", "numbers of people; those of somebody who is gone lead nowhere; 90 days"))
declare(
    "desk.JobRefusal",
    erased("values", "importRows", "those of rows of files go with the rows; others hold numbers only; after 90 days"),
    nothing("code"),
)
declare("desk.JobNote", of_operators("values", "forgotten with the job"), nothing("code"))
declare("desk.Webhook", nothing("name url secret events last_error", _SITE))
declare(
    "desk.WebhookDelivery",
    erased("body", "webhookDeliveries", "deleted with the person it tells of; after two weeks in any case"),
    nothing("event error"),
)
declare(
    "desk.IdempotencyKey",
    of_contacts(
        "digest fingerprint", "digests only, forgotten after 24 hours; until then a repeated call brings nobody back"
    ),
    nothing("reference", "a number"),
)
declare("desk.BrokerMessage", nothing("queue payload", "names of tasks and numbers"))
declare("desk.ApiKey", nothing("name access_key secret_digest scopes", _SITE))
declare(
    "desk.Site",
    nothing(
        "name code plugin_key time_zone phone_country member_hash_secret member_hash_secret_previous allowed_origins"
        " junk_values",
        _SITE,
    ),
)
declare("desk.Membership")
declare("desk.Operator", of_operators("password email name preferences", _ACCOUNT))
declare("desk.Operator_groups")
declare("desk.Operator_user_permissions")

# --- Django and libraries ---------------------------------------------------------------------------------------

declare("sessions.Session", of_operators("session_key session_data", "until signed out, two weeks at most"))
declare("auth.Permission", nothing("name codename", _LIBRARY))
declare("auth.Group", nothing("name", _LIBRARY))
declare("auth.Group_permissions")
declare("contenttypes.ContentType", nothing("app_label model", _LIBRARY))
declare("admin.LogEntry", nothing("object_id object_repr change_message", "not used: the desk keeps a log of its own"))
declare(
    "axes.AccessAttempt",
    of_operators("user_agent ip_address username http_accept path_info get_data post_data", "until a sign-in succeeds"),
)
declare("axes.AccessAttemptExpiration")
declare(
    "axes.AccessLog",
    of_operators("user_agent ip_address username http_accept path_info session_hash", "stays; see “Sign-ins” above"),
)
declare(
    "axes.AccessFailureLog",
    of_operators("user_agent ip_address username http_accept path_info", "stays; see “Sign-ins” above"),
)
declare("otp_totp.TOTPDevice", of_operators("name key", _ACCOUNT))
declare("otp_static.StaticDevice", of_operators("name", _ACCOUNT))
declare("otp_static.StaticToken", of_operators("token", "until it is used"))
