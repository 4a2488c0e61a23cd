"""What `keyue verify --files` reads of rooms below that of the proofs. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from keyue.cases.verification import Loss, lost_contents
from keyue.knowledge.files import CONTENTS
from keyue.knowledge.models import ArticleFile


def verify_article_files() -> Iterator[Loss]:
    """Every file of an article, read and compared with the SHA-256 under which it is kept; each content once."""
    rows = ArticleFile.objects.select_related("article").order_by("sha256", "pk")
    named = ((row.sha256, str(row.article.number), row.pk) for row in rows.iterator(chunk_size=500))
    return lost_contents(CONTENTS, named)
