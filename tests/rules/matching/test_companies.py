"""Names of Chinese companies: taken apart, and compared by what tells them apart."""

from __future__ import annotations

import pytest

from keyue.customers.matching.companies import parsed
from keyue.customers.matching.matcher import Matcher
from keyue.customers.matching.records import Record


@pytest.mark.parametrize(
    ("name", "places", "brand", "trades", "form", "branch"),
    [
        ("上海恒达环保科技有限公司", ("上海",), "恒达", ("环保科技",), "有限公司", ""),
        ("恒达贸易（上海）有限公司", ("上海",), "恒达", ("贸易",), "有限公司", ""),
        ("华为技术有限公司", (), "华为", ("技术",), "有限公司", ""),
        ("深圳市腾讯计算机系统有限公司", ("深圳",), "腾讯", ("计算机系统",), "有限公司", ""),
        ("阿里巴巴集团控股有限公司", (), "阿里巴巴", ("集团",), "控股有限公司", ""),
        ("山东省青岛市黄岛区某某机械厂", ("山东", "青岛", "黄岛区"), "某某", ("机械",), "厂", ""),
        ("上海医药集团股份有限公司", (), "上海医药", (), "集团股份有限公司", ""),
        ("北京大学", (), "北京大学", (), "大学", ""),
        ("上海恒达贸易有限公司苏州分公司", ("上海",), "恒达", ("贸易",), "有限公司", "苏州分公司"),
        ("ＡＢＣ　Ｓｅｒｖｉｃｅｓ", (), "abcservices", (), "", ""),
        ("", (), "", (), "", ""),
    ],
)
def test_a_name_is_taken_apart(name, places, brand, trades, form, branch):
    found = parsed(name)
    assert (found.places, found.brand, found.trades, found.form, found.branch) == (
        places,
        brand,
        trades,
        form,
        branch,
    )


def proposed(*names: str) -> set[tuple[str, str]]:
    records = [Record.of(name, {"name": name}) for name in names]
    return {tuple(sorted((pair.a, pair.b))) for pair in Matcher(records).pairs()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阿里巴巴集团控股有限公司", "阿里巴巴"),
        ("深圳市腾讯计算机系统有限公司", "腾讯"),
        ("上海恒达贸易有限公司", "恒达贸易（上海）有限公司"),
        ("上海恒达贸易有限公司", "上海恒达贸易有限责任公司"),
        ("上海恒达贸易有限公司", "上海市恒达贸易有限公司"),
        ("苏州同建工程管理有限公司", "同建工程管理有限公司"),
        ("华为技术有限公司", "华为技术有限公司 "),
    ],
)
def test_one_company_written_two_ways_is_proposed(one, other):
    assert proposed(one, other) == {tuple(sorted((one, other)))}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("深圳市腾讯计算机系统有限公司", "深圳市腾飞计算机系统有限公司"),
        ("苏州同建工程管理有限公司", "苏州同创工程管理有限公司"),
        ("上海恒达贸易有限公司", "上海恒大贸易有限公司"),
        ("上海恒达贸易有限公司", "北京恒达贸易有限公司"),
        ("上海恒达贸易有限公司", "上海恒达贸易有限公司苏州分公司"),
        ("上海恒达贸易有限公司苏州分公司", "上海恒达贸易有限公司无锡分公司"),
        ("上海恒达贸易有限公司", "上海恒达餐饮管理有限公司"),
        ("北京大学", "北京大学人民医院"),
        ("张三", "张三丰"),
    ],
)
def test_two_companies_whose_names_look_alike_are_not(one, other):
    assert proposed(one, other) == set()
