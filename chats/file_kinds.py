"""CHAT-9: the kinds of files that messages may carry. Whatever is not listed here is not taken.

A small closed list instead of a library that guesses among hundreds of kinds: what is not recognised with certainty is
refused, and archives, which may hold anything, are not on it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """What a kind is used for; a claim of the sender must be of the same family."""

    PICTURE = "picture"
    DOCUMENT = "document"
    TEXT = "text"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Kind:
    """``type``: the media type it is served as; ``extensions``: what its name may end in, the usual one first."""

    type: str
    family: Family
    extensions: tuple[str, ...]


_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

PNG = Kind("image/png", Family.PICTURE, ("png",))
JPEG = Kind("image/jpeg", Family.PICTURE, ("jpg", "jpeg", "jpe", "jfif"))
GIF = Kind("image/gif", Family.PICTURE, ("gif",))
WEBP = Kind("image/webp", Family.PICTURE, ("webp",))
PDF = Kind("application/pdf", Family.DOCUMENT, ("pdf",))
DOCX = Kind(f"{_OPEN_XML}wordprocessingml.document", Family.DOCUMENT, ("docx",))
XLSX = Kind(f"{_OPEN_XML}spreadsheetml.sheet", Family.DOCUMENT, ("xlsx",))
PPTX = Kind(f"{_OPEN_XML}presentationml.presentation", Family.DOCUMENT, ("pptx",))
DOC = Kind("application/msword", Family.DOCUMENT, ("doc",))
XLS = Kind("application/vnd.ms-excel", Family.DOCUMENT, ("xls",))
PPT = Kind("application/vnd.ms-powerpoint", Family.DOCUMENT, ("ppt",))
HWP = Kind("application/x-hwp", Family.DOCUMENT, ("hwp",))
HWPX = Kind("application/hwp+zip", Family.DOCUMENT, ("hwpx",))
ODT = Kind(f"{_ODF}text", Family.DOCUMENT, ("odt",))
ODS = Kind(f"{_ODF}spreadsheet", Family.DOCUMENT, ("ods",))
ODP = Kind(f"{_ODF}presentation", Family.DOCUMENT, ("odp",))
TEXT = Kind("text/plain", Family.TEXT, ("txt", "log"))
CSV = Kind("text/csv", Family.TEXT, ("csv",))
TSV = Kind("text/tab-separated-values", Family.TEXT, ("tsv",))
MP3 = Kind("audio/mpeg", Family.RECORDING, ("mp3",))
M4A = Kind("audio/mp4", Family.RECORDING, ("m4a",))
AAC = Kind("audio/aac", Family.RECORDING, ("aac",))
AMR = Kind("audio/amr", Family.RECORDING, ("amr",))
OGG = Kind("audio/ogg", Family.RECORDING, ("ogg", "oga", "opus"))
WAV = Kind("audio/wav", Family.RECORDING, ("wav",))
MP4 = Kind("video/mp4", Family.RECORDING, ("mp4", "m4v"))
MOV = Kind("video/quicktime", Family.RECORDING, ("mov",))
THREE_GP = Kind("video/3gpp", Family.RECORDING, ("3gp", "3g2"))
WEBM = Kind("video/webm", Family.RECORDING, ("webm",))

# Shown in place; everything else is only ever downloaded.
SHOWN = frozenset({PNG.type, JPEG.type, GIF.type, WEBP.type})

# Kinds that run when they are opened, by what their names end in.
_EXECUTABLE = """apk app appx bat bin class cmd com cpl deb dll dmg dylib elf exe gadget img ipa iso jar lnk msc msi
    msix msp pif pkg ps1 psm1 py pyc rb reg rpm run scr sh so sys vb vbe vbs wsf wsh xll"""
_ACTIVE = """asp aspx cgi chm css eml hta htc htm html js jse jsp mht mhtml mjs php phtml shtml svg svgz swf url webloc
    xht xhtml xml xsl xslt"""
_MACROS = "docm dotm potm ppam ppsm pptm sldm xlam xlsb xlsm xltm"
EXECUTABLE, ACTIVE, MACROS = (frozenset(endings.split()) for endings in (_EXECUTABLE, _ACTIVE, _MACROS))

_ACTIVE_CLAIMS = frozenset(
    {
        "text/html", "text/css", "text/xml", "text/javascript", "text/ecmascript", "text/x-php", "text/x-python",
        "text/x-shellscript", "text/vbscript", "image/svg+xml", "application/xhtml+xml", "application/xml",
        "application/javascript", "application/x-javascript", "application/ecmascript", "application/x-httpd-php",
        "application/x-msdownload", "application/x-msdos-program", "application/x-dosexec", "application/x-executable",
        "application/x-sh", "application/x-shellscript", "application/java-archive", "application/x-msi",
        "application/hta",
        "application/x-shockwave-flash", "application/vnd.android.package-archive",
        "application/vnd.microsoft.portable-executable",
    }
)  # fmt: skip
_CLAIMS: dict[Family, tuple[str, ...]] = {
    Family.PICTURE: ("image/",),
    Family.DOCUMENT: ("application/",),
    # Windows calls a CSV a table of Excel's.
    Family.TEXT: ("text/", "application/vnd.ms-excel", "application/csv"),
    Family.RECORDING: ("audio/", "video/", "application/ogg", "application/mp4"),
}
_NO_CLAIM = ("", "application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded")


def may_be_claimed(kind: Kind, claimed: str) -> bool:
    """Whether the media type that the sender names goes with ``kind``."""
    claimed = claimed.partition(";")[0].strip().lower()
    if claimed in _NO_CLAIM:
        return True
    return claimed not in _ACTIVE_CLAIMS and claimed.startswith(_CLAIMS[kind.family])
