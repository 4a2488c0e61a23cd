"""Pictures and attachments of articles: cleaned, shown to who may read, and gone when nothing names them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.knowledge import actions
from keyue.knowledge.actions import files as module
from keyue.knowledge.files import CONTENTS
from keyue.knowledge.models import ArticleFile
from keyue.knowledge.rendering import as_html
from keyue.ledger.selectors import facts_of
from keyue.ui.uploads import Upload
from tests.apps.knowledge.conftest import text
from tests.journeys.world import browser_of
from tests.rules.knowledge.test_pictures import SECRET, png

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def add(house, now, article, *uploads: Upload) -> list[ArticleFile]:
    return actions.add_files(article=article, uploads=uploads, by=house.by, at=now.at)


def test_a_picture_is_cleaned_and_shown(house, now, publish):
    article = publish()
    [row] = add(house, now, article, Upload("图.png", png(2, 2, (b"tEXt", b"GPS\0" + SECRET))))
    assert SECRET not in CONTENTS.path_of(row.sha256).read_bytes()
    assert facts_of(article.subject)[-1].kind == "article.file_added"
    reader, stranger = browser_of(house.reader), Client()
    answer = reader.get(f"/knowledge/files/{row.pk}/")
    assert (answer.status_code, answer["Content-Type"], answer["Content-Disposition"]) == (
        200,
        "image/png",
        "inline",
    )
    assert "sandbox" in answer["Content-Security-Policy"]
    # nobody outside sees it before a published edition names it
    assert stranger.get(f"/help/files/{row.pk}/").status_code == 404
    actions.revise_article(
        article=article, text=text(body=f"看图：![图](file:{row.pk})"), by=house.by, at=now.at
    )
    assert stranger.get(f"/help/files/{row.pk}/").status_code == 404
    publish(article)
    assert stranger.get(f"/help/files/{row.pk}/").status_code == 200
    assert f'src="/help/files/{row.pk}/"' in stranger.get(f"/help/{article.number}/").content.decode()
    assert f'src="/knowledge/files/{row.pk}/"' in reader.get(f"/knowledge/{article.pk}/").content.decode()
    with pytest.raises(Refused, match="正文用着它"):
        actions.remove_file(article=article, pk=row.pk, by=house.by, at=now.at)


def test_of_an_article_for_staff_nobody_else_sees_one(house, now, publish):
    article = publish(visibility="staff")
    [row] = add(house, now, article, Upload("a.png", png()))
    actions.revise_article(
        article=article, text=text(visibility="staff", body=f"![图](file:{row.pk})"), by=house.by, at=now.at
    )
    publish(article)
    assert Client().get(f"/help/files/{row.pk}/").status_code == 404
    assert Client().get(f"/knowledge/files/{row.pk}/").status_code == 302


@pytest.mark.parametrize(("name", "content"), [
    ("a.svg", SVG), ("a.png", SVG), ("a.html", b"<script>"), ("a.png", png()[:-4]), ("a.png", png(50_000, 2)),
    ("a.png", b""), ("a.exe", b"MZ"), ("a.jpg", png()),
])  # fmt: skip
def test_what_will_not_do_is_refused(house, now, publish, name, content):
    article = publish()
    with pytest.raises(Invalid) as caught:
        add(house, now, article, Upload(name, content))
    assert "files" in caught.value.fields
    assert not ArticleFile.objects.exists()


def test_a_file_that_nothing_names_goes(house, now, publish, django_capture_on_commit_callbacks):
    article, other = publish(), publish(title="另一篇")
    [row] = add(house, now, article, Upload("a.txt", b"text"))
    path = CONTENTS.path_of(row.sha256)
    with pytest.raises(NotFound):
        actions.remove_file(article=other, pk=row.pk, by=house.by, at=now.at)
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_file(article=article, pk=row.pk, by=house.by, at=now.at)
    assert not path.exists()
    with pytest.raises(NotFound):
        actions.remove_file(article=article, pk=row.pk, by=house.by, at=now.at)


def test_how_many(house, now, publish, monkeypatch):
    article = publish()
    monkeypatch.setattr(module, "MOST", 2)
    add(house, now, article, Upload("a.txt", b"a"), Upload("b.txt", b"b"))
    with pytest.raises(Invalid, match="最多 2 个"):
        add(house, now, article, Upload("c.txt", b"c"))
    with pytest.raises(Invalid, match="请选择文件"):
        add(house, now, article)
    actions.withdraw_article(article=article, reason="停售", by=house.approving, at=now.at)
    with pytest.raises(Refused):
        add(house, now, article, Upload("c.txt", b"c"))


def test_from_the_page(house, now, publish):
    article = publish()
    browser = browser_of(house.writer)
    sent = {"files": SimpleUploadedFile("说明.pdf", b"%PDF-1.4 x")}
    assert browser.post(f"/knowledge/{article.pk}/files/add/", sent).status_code == 303
    row = ArticleFile.objects.get()
    page = browser.get(f"/knowledge/{article.pk}/").content.decode()
    assert f"[说明.pdf](file:{row.pk})" in page
    answer = browser.get(f"/knowledge/files/{row.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert browser.post(f"/knowledge/{article.pk}/files/{row.pk}/remove/").status_code == 303
    assert browser_of(house.reader).post(f"/knowledge/{article.pk}/files/add/", sent).status_code == 403


@pytest.mark.parametrize(("body", "has", "lacks"), [
    ("![图](file:7)", 'src="/knowledge/files/7/"', "file:7"),
    ("[文](file:7)", 'href="/knowledge/files/7/"', "file:7"),
    ("![图](https://x.example/a.png)", "图", "x.example"),
    ("![图](data:image/svg+xml;base64,PHN2Zz4=)", "", "<img"),
    ("![图](/knowledge/files/8/)", "图", "<img"),
    ("![图](file:7/../../etc)", "", "<img"),
    ('<img src="file:7" onerror="alert(1)">', "&lt;img", "<img"),
    ("[x](file:///etc/passwd)", "", "href"),
    ("[x](javascript:alert(1))", "", "href"),
])  # fmt: skip
def test_pictures_come_from_the_article_alone(body, has, lacks):
    html = as_html(body)
    assert has in html
    assert lacks not in html
