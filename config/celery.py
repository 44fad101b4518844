"""The Celery application: settings from ``CELERY_…``, tasks from every app's ``tasks`` module.

Which broker it talks to (the embedded one or Redis) and what beat sends when is said in ``config.settings``.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("dangol")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
