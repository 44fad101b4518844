"""Pages that chat over the plugin API, and files they send."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.contacts.api.conftest import API, Page


def chatting(page: Page, text: str = "hello", **told: Any) -> Any:
    """The page's visitor says something first; the chat."""
    if page.token is None:
        page.boot()
    status, answer = page.call("post", "chats", {"message": {"text": text}, **told})
    assert status == 201, answer
    return answer


def upload(page: Page, data: bytes, name: str = "photo.png", claimed: str = "image/png") -> tuple[int, Any]:
    """Send a file as a form does."""
    headers = {"authorization": f"Bearer {page.token}"} if page.token else {}
    file = SimpleUploadedFile(name, data, content_type=claimed)
    page.answer = page.client.post(API + "attachments", {"file": file}, headers={**page.headers, **headers})
    return page.answer.status_code, page.answer.json()


def problem(answer: Any) -> tuple[str, str]:
    return answer["error"]["code"], answer["error"].get("path", "")
