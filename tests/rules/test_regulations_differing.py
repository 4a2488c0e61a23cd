"""Two texts of a regulation beside each other: clauses told apart by identity, words and fields marked."""

from __future__ import annotations

from keyue.regulations.differing import (
    ADDED,
    CHANGED,
    REMOVED,
    SAME,
    ControlChange,
    Difference,
    difference,
    word_marks,
)
from keyue.regulations.document import read_document

TEXT = """# 来件登记制度

```regulation
id      = "intake"
code    = "T-001"
subject = "parcel"
keeper  = "head"
```

## 1 登记

收到后 2 小时内登记。

```clause
id = "register"
```

```control
id     = "register"
name   = "登记"
on     = "parcel.received"
met_by = "parcel.registered"
within = "PT2H"
owner  = "desk"
```

## 2 巡查

每天巡查一次。

## 3 存放

放在柜子里。
"""


def compare(new: str, **answers: object) -> Difference:
    before, after = read_document(TEXT), read_document(new)
    assert not before.faults and not after.faults
    return difference(before, after, {}, answers)


def kinds(found: Difference) -> list[tuple[str, str]]:
    return [(one.identity, one.kind) for one in found.clauses]


def test_the_same_text_has_no_difference():
    found = compare(TEXT)
    assert found.is_none and kinds(found) == [("register", SAME), ("2", SAME), ("3", SAME)]


def test_one_clause_is_amended_and_the_others_are_left_alone():
    found = compare(TEXT.replace("2 小时内登记", "1 小时内登记").replace('"PT2H"', '"PT1H"'))
    assert kinds(found) == [("register", CHANGED), ("2", SAME), ("3", SAME)]
    [change] = found.changed
    assert [mark.text for mark in change.left if mark.kind == REMOVED] == ["2"]
    assert [mark.text for mark in change.right if mark.kind == ADDED] == ["1"]
    [control] = change.controls
    assert (control.id, control.kind) == ("register", CHANGED)
    assert [(field.name, field.before, field.after) for field in control.fields] == [
        ("within", "PT2H", "PT1H")
    ]


def test_a_clause_keeps_its_identity_when_its_number_changes():
    moved = TEXT.replace("## 1 登记", "## 4 登记")
    found = compare(moved)
    change = next(one for one in found.clauses if one.identity == "register")
    assert change.is_renumbered and change.kind == CHANGED and change.controls == ()
    assert {mark.kind for mark in change.right} == {SAME}
    # without an identity of its own a number is all there is
    found = compare(TEXT.replace("## 3 存放", "## 5 存放"))
    assert kinds(found) == [("register", SAME), ("2", SAME), ("3", REMOVED), ("5", ADDED)]


def test_what_is_removed_stands_where_it_stood():
    gone = TEXT.replace("## 2 巡查\n\n每天巡查一次。\n\n", "")
    assert kinds(compare(gone)) == [("register", SAME), ("2", REMOVED), ("3", SAME)]
    first = TEXT[: TEXT.index("## 1")] + TEXT[TEXT.index("## 2") :]
    assert kinds(compare(first)) == [("register", REMOVED), ("2", SAME), ("3", SAME)]


def test_a_control_that_comes_goes_or_moves():
    block = TEXT[TEXT.index("```control") : TEXT.index("## 2")]
    found = compare(TEXT.replace(block, ""))
    assert found.changed[0].controls == (ControlChange("register", "登记", REMOVED),)
    moved = TEXT.replace(block, "").replace("每天巡查一次。\n", "每天巡查一次。\n\n" + block)
    found = compare(moved)
    second = next(one for one in found.clauses if one.identity == "2")
    assert second.controls == (ControlChange("register", "登记", CHANGED, (), "1"),)
    assert all(not one.controls for one in found.clauses if one.identity != "2")


def test_an_answer_of_the_company_is_a_difference_too():
    found = compare(TEXT, **{"register.within": "PT9H"})
    [field] = found.changed[0].controls[0].fields
    assert (field.name, field.before, field.after) == ("within", "PT2H", "PT9H")


def test_the_head_of_the_document_is_compared():
    found = compare(TEXT.replace('"T-001"', '"T-002"').replace('keeper  = "head"', 'keeper  = "chief"'))
    assert [(field.name, field.after) for field in found.head] == [("code", "T-002"), ("keeper", "chief")]
    assert not found.changed and not found.is_none


def test_marks_together_are_the_texts():
    for old, new in (
        ("", "新"),
        ("旧", ""),
        ("客服部接到意见后 2 小时内完成", "客服中心收到投诉后 24 小时内完成初步分类"),
        ("abc def", "abc xyz def"),
        ("长" * 5000, "短"),
    ):
        left, right = word_marks(old, new)
        assert "".join(mark.text for mark in left) == old
        assert "".join(mark.text for mark in right) == new
        assert not any(mark.kind == ADDED for mark in left) and not any(m.kind == REMOVED for m in right)
