"""The door of the demo's company server (``config.demo.company``): what the desk's sample lookup calls.

The company has the key in its settings; here it is read where the desk keeps it, so that a replaced key works at once.
"""

import time

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from chats.models import LookupApi
from config.demo.company import answer
from config.demo.shop.visitors import SITE_CODE

PATH = "company/"


@csrf_exempt
@require_POST
def ask_company(request: HttpRequest) -> HttpResponse:
    """Answer as the company does, signed requests of the demo shop's lookup alone."""
    api = LookupApi.objects.filter(site__code=SITE_CODE, signed=True, url__endswith=f"/{PATH}").first()
    if api is None:
        return HttpResponse(status=404)
    reply = answer(request.body, request.headers, api.secret, timezone.now())
    time.sleep(reply.seconds)
    return HttpResponse(reply.body, status=reply.status, content_type="application/json; charset=utf-8")
