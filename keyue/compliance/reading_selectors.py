"""Reading uploaded regulations. Who may write regulations sees every file: they are the company's."""

from __future__ import annotations

from django.utils.translation import gettext as _

from keyue.compliance.models import ReadFile
from keyue.kernel.errors import NotFound

SHOWN = 50


def read_files() -> list[ReadFile]:
    """The newest uploads, without what they hold."""
    rows = ReadFile.objects.select_related("uploaded_by", "edition").defer("content", "reading", "decisions")
    return list(rows.order_by("-pk")[:SHOWN])


def read_file(pk: int) -> ReadFile:
    """An uploaded file with what was read of it. Raises NotFound."""
    found = ReadFile.objects.select_related("uploaded_by", "edition").defer("content").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个文件。"))
    return found
