"""Staff lists as people really send them."""

from __future__ import annotations

import io

import pytest
from django.utils import translation

from keyue.kernel.errors import Invalid
from keyue.operations.first_run.staff import staff_template
from keyue.people import actions, selectors
from keyue.people.models import Post, User
from keyue.people.sheets import Row, read_rows
from tests.apps.people.conftest import SYSTEM, Cast


def workbook(rows: list[list[object]]) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            sheet.write(y, x, cell)
    book.close()
    return target.getvalue()


def test_a_workbook_with_a_title_numbers_and_gaps():
    content = workbook(
        [
            ["人员名册", None],
            [],
            ["姓名 ", "工号", "手机", "备注"],
            ["赵启明", 1001, 13800001111, "x"],
            [None, None, None, None],
            ["钱 多", "qian.duo", None, None],
        ]
    )
    assert read_rows(content, "名册.xlsx") == [
        Row(4, {"name": "赵启明", "username": "1001", "phone": "13800001111"}),
        Row(6, {"name": "钱 多", "username": "qian.duo", "phone": ""}),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_of_any_usual_kind(encoding: str, mark: str):
    text = f"工号{mark}姓名{mark}部门\r\na.b{mark}赵启明{mark}水务工程部\r\n"
    assert read_rows(text.encode(encoding)) == [
        Row(2, {"username": "a.b", "name": "赵启明", "department": "水务工程部"})
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "空的"),
        ("姓名,电话\n赵,1\n".encode(), "找不到表头"),
        (b"PK\x03\x04 not a workbook", "打不开"),
        (b"\xd0\xcf\x11\xe0 not one either", "打不开"),
        (b"\x00\x01\x02\x03", "不是表格"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", "编码|不是表格|找不到表头"),
        (b"x" * (8 * 1024 * 1024 + 1), "8 MB"),
    ],
)
def test_what_is_no_staff_list_gets_a_sentence(content: bytes, sentence: str):
    with pytest.raises(Invalid, match=sentence):
        read_rows(content, "文件")


@pytest.mark.django_db
def test_good_rows_are_taken_and_bad_ones_come_back(at, cast: Cast):
    rows = [
        Row(
            2,
            {
                "username": "zhao",
                "name": "赵启明",
                "department": "水务工程部/一组",
                "roles": "部门处理人员、客户经理",
            },
        ),
        Row(3, {"username": "qian", "name": "钱多", "department": "一组", "posts": "客服台；巡检岗"}),
        Row(4, {"username": "zhao", "name": "又一个赵"}),
        Row(5, {"username": "", "name": "无工号"}),
        Row(6, {"username": "sun", "name": "孙", "roles": "审计管理员"}),
        Row(7, {"username": "sun", "name": "孙", "roles": "大王"}),
        Row(8, {"username": "sun", "name": "孙", "email": "bad", "department": "不该留下的部门"}),
        Row(9, {"username": "sun", "name": "孙小", "department": "company"}),
    ]
    result = actions.import_staff(rows, by=SYSTEM, at=at)
    assert [u.username for u in result.created] == ["zhao", "qian", "sun"]
    assert result.unchanged == 1
    assert [d.path for d in result.departments] == ["company/water/yizu/"]
    assert [(e.line, e.reason[:4]) for e in result.errors] == [
        (5, "工号用小"),
        (6, "「审计管"),
        (7, "没有「大"),
        (8, "邮箱的格"),
    ]
    assert selectors.role_codes_of(User.objects.get(username="zhao")) == {
        "department_staff",
        "account_manager",
    }
    assert {p.name for p in User.objects.get(username="qian").posts.all()} == {"客服台", "巡检岗"}
    assert Post.objects.get(name="巡检岗").code == "xunjiangang"
    # the holder who was there stays
    assert cast.wang in Post.objects.get(code="service_desk").holders.all()
    assert User.objects.get(username="sun").check_password(result.passwords["sun"])
    assert selectors.code_conflicts() == []


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing(at, cast: Cast):
    rows = [Row(2, {"username": "zhao", "name": "赵启明", "department": "二部"})]
    actions.import_staff(rows, by=SYSTEM, at=at)
    before = list(User.objects.values().order_by("pk"))
    again = actions.import_staff(rows, by=SYSTEM, at=at)
    assert (again.created, again.unchanged, again.departments, again.passwords) == ([], 1, [], {})
    assert list(User.objects.values().order_by("pk")) == before


@pytest.mark.django_db
def test_two_departments_of_one_name_must_be_told_apart(at, cast: Cast):
    for parent in (cast.service, cast.water):
        actions.create_department(code=f"g{parent.code}", name="一组", parent=parent, by=SYSTEM, at=at)
    rows = [Row(2, {"username": "zhao", "name": "赵", "department": "一组"})]
    assert "上级/部门" in actions.import_staff(rows, by=SYSTEM, at=at).errors[0].reason
    rows = [Row(2, {"username": "zhao", "name": "赵", "department": "澄川环境科技/水务工程部/一组"})]
    assert actions.import_staff(rows, by=SYSTEM, at=at).created[0].department.code == "gwater"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_empty_sheet_is_understood_in_the_language_it_was_taken_in(language: str, tmp_path):
    with translation.override(language):
        staff_template(tmp_path / "staff.xlsx")
    rows = read_rows((tmp_path / "staff.xlsx").read_bytes())
    assert rows[0].values["department"] == "客户服务部" and rows[0].values["email"] == "lin@example.com"
    assert set(rows[0].values) >= {"username", "name", "phone", "title", "roles"}
