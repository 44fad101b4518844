"""Why something about chats was refused, in words; ``path`` names the field of a call it stands at."""

from django.utils.translation import gettext_lazy

_MESSAGES = {
    "text_blank": gettext_lazy("The message is empty."),
    "text_too_long": gettext_lazy("A message has at most 5,000 characters."),
    "text_invalid": gettext_lazy("The text holds characters that cannot be stored."),
    "memo_blank": gettext_lazy("The memo is empty."),
    "memo_too_long": gettext_lazy("A memo has at most 1,000 characters."),
    "gone": gettext_lazy("This chat is gone."),
    "attachment_unknown": gettext_lazy("A file is not there, or was sent before. Add it again."),
    "attachments_too_many": gettext_lazy("A message has at most %(most)d files."),
    "file_missing": gettext_lazy("Choose a file first."),
    "file_empty": gettext_lazy("“%(name)s” is empty."),
    "file_too_large": gettext_lazy("“%(name)s” is larger than %(most)s MB."),
    "storage_full": gettext_lazy("There is no room for this file now. Nothing was stored."),
    "file_kind": gettext_lazy(
        "“%(name)s” cannot be sent: pictures, PDF, office documents, texts, sound and video are taken."
    ),
    "file_archive": gettext_lazy("“%(name)s” is an archive. Send the files themselves."),
    "file_executable": gettext_lazy("“%(name)s” holds a program. Programs are not taken."),
    "file_active": gettext_lazy("“%(name)s” holds code that a browser would run. Such files are not taken."),
    "file_macros": gettext_lazy("“%(name)s” holds macros. Save it without them."),
    "file_two_kinds": gettext_lazy("“%(name)s” holds a second file inside. Such files are not taken."),
    "file_disguised": gettext_lazy("“%(name)s” is not what its name or type says: it is %(type)s."),
    "file_broken": gettext_lazy("“%(name)s” is damaged and cannot be read."),
    "picture_too_large": gettext_lazy("“%(name)s” has too many pixels. Send a smaller picture."),
    "closed": gettext_lazy("This chat is closed. Open it again to go on."),
    "blocked": gettext_lazy("This contact is blocked."),
    "other_room_open": gettext_lazy("Chat #%(number)s of this contact is open. Close it first, or go on there."),
    "parameters_too_many": gettext_lazy("A chat takes at most ten parameters."),
    "parameter_too_long": gettext_lazy("“%(name)s”: a parameter has at most 20 characters."),
    "detail_too_long": gettext_lazy("“%(name)s” has at most 100 characters."),
    "parameter_invalid": gettext_lazy("“%(name)s”: a parameter is a text."),
    "not_on_the_team": gettext_lazy("%(name)s does not work with chats of this site."),
    "category_unknown": gettext_lazy("There is no such category in use."),
    "category_name": gettext_lazy("A category's name has 1 to 15 characters."),
    "category_taken": gettext_lazy("There is already a category “%(name)s”."),
    "category_depth": gettext_lazy("Categories have two levels."),
    "category_above_off": gettext_lazy("“%(name)s” is switched off. Switch it on first."),
    "categories_full": gettext_lazy("A site has at most 500 categories."),
    "category_note_too_long": gettext_lazy("The third level has at most 8 characters."),
    "tags_too_many": gettext_lazy("A chat has at most 8 tags."),
    "tag_name": gettext_lazy("“%(name)s”: a room tag has 1 to 20 characters."),
    "room_tag_taken": gettext_lazy("There is already a room tag “%(name)s”. Merge them instead."),
    "room_tag_unknown": gettext_lazy("This room tag is gone."),
    "room_tag_itself": gettext_lazy("Choose another tag to merge it into."),
    "room_tags_full": gettext_lazy("A site has at most 500 room tags."),
    "tab_name": gettext_lazy("A tab’s name has 1 to 20 characters."),
    "tab_url": gettext_lazy("Enter an address that begins with https:// and holds no sign-in."),
    "tab_url_too_long": gettext_lazy("An address has at most 500 characters."),
    "tab_unknown": gettext_lazy("There is no such tab."),
    "tabs_full": gettext_lazy("The panel takes at most 8 tabs of your own."),
    "state_unknown": gettext_lazy("There is no such state."),
    "answer_name": gettext_lazy("An answer’s name has 1 to 40 characters."),
    "answer_taken": gettext_lazy("There is already an answer “%(name)s”."),
    "answer_blank": gettext_lazy("The answer is empty."),
    "answer_too_long": gettext_lazy("An answer has at most 5,000 characters."),
    "answer_unknown": gettext_lazy("This answer has been deleted."),
    "answers_full": gettext_lazy("A site keeps at most 500 answers."),
    "placeholder_unknown": gettext_lazy("These placeholders mean nothing here: %(names)s"),
    "request_kind": gettext_lazy("There is no such kind of request."),
    "request_note": gettext_lazy("Say in a few words what it is about."),
    "request_note_too_long": gettext_lazy("A note has at most 1,000 characters."),
    "request_to_missing": gettext_lazy("Choose who is to take the chat over."),
    "request_to_self": gettext_lazy("Ask somebody else: you can take the chat without asking."),
    "request_has_it": gettext_lazy("%(name)s has this chat already."),
    "request_not_administrator": gettext_lazy("%(name)s is no administrator of this site."),
    "request_no_administrator": gettext_lazy("There is no other administrator on this site."),
    "request_open": gettext_lazy("The same is asked already and waits for an answer."),
    "request_answered": gettext_lazy("This request is settled already."),
    "request_not_yours": gettext_lazy("This request is not for you to decide."),
    "team_name": gettext_lazy("A team’s name has 1 to 40 characters."),
    "team_taken": gettext_lazy("There is already a team “%(name)s”."),
    "team_unknown": gettext_lazy("There is no such team."),
    "team_in_use": gettext_lazy("The team “%(name)s” is still named by: %(uses)s"),
    "teams_full": gettext_lazy("A site has at most 100 teams."),
    "request_other_team": gettext_lazy("%(name)s is in another team. A chat is handed over within a team."),
    "distribution_unknown": gettext_lazy("There is no such way of giving out chats."),
    "when_away_unknown": gettext_lazy("Choose what becomes of the chats of who goes away."),
    "most_open_chats": gettext_lazy("Enter a whole number from 1 to %(most)d, or nothing."),
    "key_too_long": gettext_lazy("This is too long."),
    "key_taken": gettext_lazy("Another message has this id already."),
    "reason_too_long": gettext_lazy("A reason has at most 500 characters."),
}


class ChatRefused(Exception):
    """``code`` is one of the reasons above; ``values`` are what its words need."""

    def __init__(self, code: str, *, path: str = "", **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.path = path
        self.values = values

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return str(_MESSAGES[self.code]) % self.values

    def __str__(self) -> str:
        return self.message
