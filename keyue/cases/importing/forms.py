"""The upload of a sheet."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.cases.importing.reading import MOST_BYTES


class UploadForm(forms.Form):
    """One spreadsheet; what stands in it is checked when it is read."""

    sheet = forms.FileField(
        label=_("表格文件"),
        max_length=200,
        help_text=_(
            ".xlsx 或 .csv（UTF-8、GB 18030），第一行是表头，须有「受理时间」和「内容」；最大 50 MB、20 万行。"
        ),
        error_messages={"required": _("请选择一个文件。"), "empty": _("文件是空的。")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_sheet(self) -> object:
        file = self.cleaned_data["sheet"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("文件超过 %(most)d MB，请拆成几个文件。") % {"most": MOST_BYTES // 1024**2}
            )
        return file
