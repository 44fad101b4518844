"""An operator: a person who works in the desk and signs in with an e-mail address."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models.site import Language


class Theme(models.TextChoices):
    """Which set of design tokens the desk shows."""

    SYSTEM = "system", _("as the device")
    LIGHT = "light", _("light")
    DARK = "dark", _("dark")


class OperatorManager(BaseUserManager["Operator"]):
    """Creates operators with a hashed password and a normal-form address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Operator":
        operator = self.model(email=email.strip().lower(), **fields)
        operator.set_password(password)
        operator.save(using=self._db)
        return operator

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Operator":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "Operator":
        return self.get(email=(username or "").strip().lower())


class Operator(AbstractBaseUser, PermissionsMixin):
    """A person of the team. What one may do on a site is the role in ``Membership`` (SITE-3).

    ``is_superuser`` marks the administrator of the installation, who sees every site.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.KO)
    theme = models.CharField(_("appearance"), max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    is_active = models.BooleanField(_("active"), default=True)
    # What the desk remembers for this person on every machine, for example
    # {"columns": {"<site id>": ["name", …]}, "sidebar": "closed"}.
    preferences = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[OperatorManager] = OperatorManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("operator")
        verbose_name_plural = _("operators")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Django's admin asks for it; every active operator works in the desk."""
        return self.is_active

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
