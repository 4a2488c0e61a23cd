"""Which questions count as one."""

from __future__ import annotations

import pytest

from keyue.knowledge.retrieval.likeness import key_of, nearest


@pytest.mark.parametrize(("one", "other"), [
    ("你们公司上市了吗", "贵公司有没有上市"), ("你们公司上市了吗？", "请问你们公司上市没有"),
    ("招聘客服吗", "客服还招聘吗"),
])  # fmt: skip
def test_alike(one, other):
    assert nearest(one, ["滤芯多久换", other]) == 1


@pytest.mark.parametrize(("one", "other"), [
    ("你们公司上市了吗", "你们公司在哪"), ("滤芯多久换一次", "滤芯多少钱"), ("怎么退款", "怎么退货"),
    ("净水器漏水怎么办", "净水器不出水怎么办"), ("", "滤芯"),
])  # fmt: skip
def test_not_alike(one, other):
    assert nearest(one, [other]) is None


def test_the_order_makes_no_difference():
    assert key_of("上市了吗你们公司") == key_of("你们公司上市了吗")
    assert key_of("怎么退款") != key_of("怎么退货")
    assert key_of("？？") != key_of("好的")
