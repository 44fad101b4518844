"""Doors of tags for programs: the plugin's ``me/tags`` and the open API's ``tags``."""
