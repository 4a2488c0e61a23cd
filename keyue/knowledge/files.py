"""Contents of articles' pictures and attachments: where they are kept, and pictures without what cameras write into them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from keyue.kernel.contents import Contents
from keyue.knowledge.models import ArticleFile


def _needed(digests: Collection[str]) -> set[str]:
    rows = ArticleFile.objects.filter(sha256__in=list(digests))
    return set(rows.values_list("sha256", flat=True))


# the backup takes the whole of MEDIA_ROOT
CONTENTS = Contents(lambda: Path(settings.MEDIA_ROOT) / "knowledge", _needed)
