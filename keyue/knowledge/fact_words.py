"""What people call the facts of this room."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FACT_WORDS: dict[str, Promise] = {
    "article.drafted": _("起草文章"),
    "article.submitted": _("送审文章"),
    "article.returned": _("退回文章"),
    "article.published": _("发布文章"),
    "article.revised": _("更新文章"),
    "article.reviewed": _("复核文章"),
    "article.source_changed": _("文章的依据有变"),
    "article.withdrawn": _("撤下文章"),
    "article.keepers_changed": _("文章换人负责"),
    "article.wording_attached": _("把问题归入文章"),
    "article.wording_removed": _("删掉补充问法"),
    "article.file_added": _("文章添加附件"),
    "article.file_removed": _("文章移除附件"),
    "script.drafted": _("起草话术"),
    "script.revised": _("修改话术"),
    "script.submitted": _("送审话术"),
    "script.returned": _("退回话术"),
    "script.approved": _("批准话术"),
    "script.withdrawn": _("停用话术"),
    "script.handed_over": _("话术换人负责"),
    "speech.line_added": _("启用必含语句"),
    "speech.line_ended": _("停用必含语句"),
    "speech.words_forbidden": _("修改禁用词"),
    "language_model.set": _("设置语言模型"),
    "knowledge.words_changed": _("修改知识库近义词"),
}

FIELD_WORDS: dict[str, Promise] = {
    "author": _("执笔人"),
    "editor": _("维护人"),
    "files": _("附件"),
    "next_on": _("下次复核日"),
    "owner": _("负责人"),
    "published": _("已发布"),
    "visibility": _("可见范围"),
}
