"""Why something about tags was refused; carries the tag and the contact that it names (TAG-1)."""

from django.utils.translation import gettext_lazy

REASONS = {
    "blank": gettext_lazy("A tag needs a name."),
    "level_too_long": gettext_lazy("“%(tag)s”: each level of a tag's name has at most 20 characters."),
    "too_many_levels": gettext_lazy("“%(tag)s”: a tag's name has at most three levels."),
    "empty_level": gettext_lazy("“%(tag)s”: a level of the name is empty."),
    "forbidden_character": gettext_lazy("“%(tag)s”: a tag's name may not contain . $ %% \\ or control characters."),
    "name_taken": gettext_lazy("There is already a tag “%(tag)s”."),
    "description_too_long": gettext_lazy("“%(tag)s”: the description has at most 128 characters."),
    "description_character": gettext_lazy("“%(tag)s”: the description may not contain control characters."),
    "color_invalid": gettext_lazy("“%(tag)s”: the colour is written as # and six hexadecimal digits."),
    "unknown": gettext_lazy("There is no tag “%(tag)s”."),
    "site_full": gettext_lazy("“%(tag)s” was not created: a site has at most 1,000 tags."),
    "plugin_full": gettext_lazy("“%(tag)s” was not created: the plugin may create at most 100 tags."),
    "contact_full": gettext_lazy("“%(contact)s” would carry more than 20 tags."),
    "one_level": gettext_lazy("“%(tag)s”: this is one level, so it has no slash."),
    "leaving": gettext_lazy("“%(tag)s” is just being deleted or merged into another."),
    "merge_target": gettext_lazy("Another tag is just being merged into “%(tag)s”."),
    "merge_self": gettext_lazy("“%(tag)s” cannot be merged into itself."),
    "gone": gettext_lazy("The tag “%(tag)s” is gone."),
    "survivor_gone": gettext_lazy("The tag that was kept is gone."),
    "changed_since": gettext_lazy("“%(tag)s” was changed again meanwhile; that stays."),
    "contradiction": gettext_lazy("“%(tag)s” is to be attached and taken off at once."),
    "too_many": gettext_lazy("“%(tag)s” is one too many: a contact carries at most 20 tags."),
    "none": gettext_lazy("Choose at least one tag."),
}


class TagRefused(Exception):
    """``code`` is one of the reasons above; ``tag`` and ``contact`` are the names concerned, as typed or shown."""

    def __init__(self, code: str, *, tag: str = "", contact: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.tag = tag
        self.contact = contact

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return str(REASONS[self.code]) % {"tag": self.tag, "contact": self.contact}

    def __str__(self) -> str:
        return self.message
