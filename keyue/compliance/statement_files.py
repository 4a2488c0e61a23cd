"""Files that prove statements, kept beside the attachments in a folder of their own, so that neither drops the other's."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from keyue.compliance.models import StatementFile
from keyue.kernel.contents import Contents

FOLDER = "statements"


def _needed(digests: Collection[str]) -> set[str]:
    found = StatementFile.objects.filter(sha256__in=digests)
    return set(found.values_list("sha256", flat=True))


# the backup takes the whole of MEDIA_ROOT
CONTENTS = Contents(lambda: Path(settings.MEDIA_ROOT) / FOLDER, _needed)
