"""Pictures and attachments of articles: added by who writes, shown to who may read the article."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyue.kernel.errors import NotFound
from keyue.knowledge import actions, selectors
from keyue.knowledge.files import CONTENTS
from keyue.knowledge.models import ArticleFile
from keyue.people.enums import Permission
from keyue.people.guards import public_page, staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.ui import pages
from keyue.ui.pages import go
from keyue.ui.uploads import uploads_from


@never_cache
@require_POST
@staff_page(Permission.ARTICLE_EDIT)
def add(request: StaffRequest, pk: int) -> HttpResponse:
    """Add files to an article."""
    article = selectors.article_for(request.user, pk)
    uploads = uploads_from(request.FILES.getlist("files"))
    actions.add_files(article=article, uploads=uploads, by=actor_of(request), at=request.at)
    return go(request, reverse("knowledge:article", args=[pk]) + "#files", _("已添加附件。"))


@never_cache
@require_POST
@staff_page(Permission.ARTICLE_EDIT)
def remove(request: StaffRequest, pk: int, file: int) -> HttpResponse:
    """Delete a file that no edition names."""
    article = selectors.article_for(request.user, pk)
    actions.remove_file(article=article, pk=file, by=actor_of(request), at=request.at)
    return go(request, reverse("knowledge:article", args=[pk]) + "#files", _("已删掉附件。"))


@require_safe
@staff_page(Permission.ARTICLE_VIEW)
def file(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A file of an article that the reader may read."""
    return _sent(selectors.file_for(request.user, pk))


@public_page
@require_safe
def public_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A file that the edition in use of a public article names."""
    return _sent(selectors.public_file(pk))


def _sent(row: ArticleFile) -> FileResponse:
    """A picture is shown where it stands, everything else is saved; nothing of either runs."""
    path = CONTENTS.path_of(row.sha256)
    if not path.is_file():
        raise NotFound(_("文件不在了。请联系系统管理员，从备份恢复。"))
    answer = pages.download(path, row.name, row.content_type)
    if row.is_picture:
        answer["Content-Disposition"] = "inline"
    # the content of an id never changes
    answer["Cache-Control"] = "private, max-age=86400"
    return answer
