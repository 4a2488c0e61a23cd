"""The province-level regions of China (GB/T 2260), and how a place that somebody typed becomes one. Pure.

Below the province a place is free text: the list of cities changes every year, and nothing here is decided by it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from keyue.customers.faults import Fault, FaultCode, shown


@dataclass(frozen=True, slots=True)
class Region:
    """A province, municipality, autonomous region or special administrative region; `short` as people say it."""

    code: str
    name: str
    short: str
    english: str


REGIONS: dict[str, Region] = {
    region.code: region
    for region in (
        Region("110000", "北京市", "北京", "Beijing"),
        Region("120000", "天津市", "天津", "Tianjin"),
        Region("130000", "河北省", "河北", "Hebei"),
        Region("140000", "山西省", "山西", "Shanxi"),
        Region("150000", "内蒙古自治区", "内蒙古", "Inner Mongolia"),
        Region("210000", "辽宁省", "辽宁", "Liaoning"),
        Region("220000", "吉林省", "吉林", "Jilin"),
        Region("230000", "黑龙江省", "黑龙江", "Heilongjiang"),
        Region("310000", "上海市", "上海", "Shanghai"),
        Region("320000", "江苏省", "江苏", "Jiangsu"),
        Region("330000", "浙江省", "浙江", "Zhejiang"),
        Region("340000", "安徽省", "安徽", "Anhui"),
        Region("350000", "福建省", "福建", "Fujian"),
        Region("360000", "江西省", "江西", "Jiangxi"),
        Region("370000", "山东省", "山东", "Shandong"),
        Region("410000", "河南省", "河南", "Henan"),
        Region("420000", "湖北省", "湖北", "Hubei"),
        Region("430000", "湖南省", "湖南", "Hunan"),
        Region("440000", "广东省", "广东", "Guangdong"),
        Region("450000", "广西壮族自治区", "广西", "Guangxi"),
        Region("460000", "海南省", "海南", "Hainan"),
        Region("500000", "重庆市", "重庆", "Chongqing"),
        Region("510000", "四川省", "四川", "Sichuan"),
        Region("520000", "贵州省", "贵州", "Guizhou"),
        Region("530000", "云南省", "云南", "Yunnan"),
        Region("540000", "西藏自治区", "西藏", "Tibet"),
        Region("610000", "陕西省", "陕西", "Shaanxi"),
        Region("620000", "甘肃省", "甘肃", "Gansu"),
        Region("630000", "青海省", "青海", "Qinghai"),
        Region("640000", "宁夏回族自治区", "宁夏", "Ningxia"),
        Region("650000", "新疆维吾尔自治区", "新疆", "Xinjiang"),
        Region("710000", "台湾省", "台湾", "Taiwan"),
        Region("810000", "香港特别行政区", "香港", "Hong Kong"),
        Region("820000", "澳门特别行政区", "澳门", "Macao"),
    )
}

CITY_LONGEST = 20

# prefectures and counties whose names begin like another province
_ELSEWHERE = {"海南藏族": "630000", "河南蒙古族": "630000"}
# what people put behind the short name: 广西省, 新疆自治区, 香港特区
_FORMS = ("省", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "特别行政区", "特区")
_SEPARATORS = " \t/、,，-—·|"


@dataclass(frozen=True, slots=True)
class Place:
    """A region's code and, as free text, the city in it; both empty where nothing is known."""

    region: str = ""
    city: str = ""


def region_name(code: str, language: str = "zh") -> str:
    """`330000` → 浙江省, or Zhejiang; empty for an unknown code."""
    region = REGIONS.get(code)
    if region is None:
        return ""
    return region.name if language.lower().startswith("zh") else region.english


def parse_place(text: str) -> Place:
    """`330000`, `33`, `330106`, 浙江, 浙江省杭州市 or `浙江 / 杭州` as a place. Raises Fault for anything else."""
    text = unicodedata.normalize("NFKC", text).strip(_SEPARATORS)
    if not text:
        return Place()
    if re.fullmatch(r"\d{2}|\d{6}", text):
        code = text[:2] + "0000"
        if code in REGIONS:
            return Place(code)
        raise Fault(FaultCode.REGION_UNKNOWN, text=shown(text))
    for start, code in _ELSEWHERE.items():
        if text.startswith(start):
            return Place(code, clean_city(text))
    for region in REGIONS.values():
        if text.startswith(region.name):
            return Place(region.code, clean_city(text.removeprefix(region.name)))
        if text.startswith(region.short):
            return _short(text, region)
    raise Fault(FaultCode.REGION_UNKNOWN, text=shown(text))


def place_name(region: str, city: str = "") -> str:
    """A place in words, whether its region is kept as a code or as somebody wrote it."""
    return f"{region_name(region) if region in REGIONS else region}{city}"


def region_names() -> list[str]:
    """The provinces, to choose from while typing."""
    return [region.short for region in REGIONS.values()]


def _short(text: str, region: Region) -> Place:
    rest = text.removeprefix(region.short)
    for form in _FORMS:
        rest = rest.removeprefix(form)
    rest = rest.strip(_SEPARATORS)
    if rest == "市":
        # 吉林市 lies in 吉林省
        return Place(region.code, region.short + rest)
    if len(rest) == 1:
        # 河北区 is no city of 河北
        raise Fault(FaultCode.REGION_UNKNOWN, text=shown(text))
    return Place(region.code, clean_city(rest))


def clean_city(text: str) -> str:
    """A city's name: letters only, so that no street and no house number, and with them no person, gets in here."""
    city = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip(_SEPARATORS)
    if len(city) > CITY_LONGEST:
        raise Fault(FaultCode.CITY_TOO_LONG, n=len(city), most=CITY_LONGEST)
    if not all(c.isalpha() or c in " ·'" or unicodedata.category(c) == "Mn" for c in city):
        raise Fault(FaultCode.CITY_CHARACTERS)
    return city
