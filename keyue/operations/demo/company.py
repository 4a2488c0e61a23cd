"""The demo company: 澄川环境, a maker and keeper of water works. All names are made up."""

from __future__ import annotations

from keyue.operations.actions import Adoption, Founding, Person

PASSWORD = "Maple-Stone-77"  # noqa: S105  printed at start; the demo holds nothing real
# what the administrators had when the demo began; an administrator's password lasts 90 days
FIRST_PASSWORD = "Cedar-Brook-41"  # noqa: S105

WEEKLY = {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
DEPARTMENTS = (
    ("service", "客户服务部", ""),
    ("engineering", "工程服务部", ""),
    ("quality", "品质部", ""),
    ("supply", "供应链部", ""),
    ("sales", "销售部", ""),
    ("finance", "财务部", ""),
)
POSTS = (
    ("service_head", "分管客户服务的公司领导", "service", ""),
    ("service_supervisor", "客户服务部负责人", "service", "service_head"),
    ("service_desk", "客户服务部坐席组", "service", "service_supervisor"),
)
PEOPLE = (
    Person("lin", "林知夏", PASSWORD, "lin@example.com", "", "service", "客服专员", ["service_agent"], ["service_desk"]),
    Person("yu", "于小满", PASSWORD, "yu@example.com", "", "service", "客服专员", ["service_agent"], ["service_desk"]),
    Person("ning", "宁远", PASSWORD, "ning@example.com", "", "service", "夜班客服", ["service_agent"], ["service_desk"]),
    Person(
        "xu", "许南乔", PASSWORD, "xu@example.com", "", "service", "客服主管",
        ["service_supervisor"], ["service_supervisor"], ["service"],
    ),
    Person("gu", "顾清和", PASSWORD, "gu@example.com", "", "", "副总经理", ["executive"], ["service_head"], ["company"]),
    Person("chen", "陈砚", PASSWORD, "chen@example.com", "", "engineering", "工程师", ["department_staff"]),
    Person("fang", "方既白", PASSWORD, "fang@example.com", "", "engineering", "工程师", ["department_staff"]),
    Person("su", "苏慕遥", PASSWORD, "su@example.com", "", "engineering", "现场工程师", ["department_staff"]),
    Person("qiao", "乔望舒", PASSWORD, "qiao@example.com", "", "engineering", "工程师", ["department_staff"]),
    Person(
        "he", "何苒", PASSWORD, "he@example.com", "", "engineering", "部门经理", ["department_head"], [], ["engineering"]
    ),
    Person("wu", "吴桐", PASSWORD, "wu@example.com", "", "quality", "部门经理", ["department_head"], [], ["quality"]),
    Person("jiang", "江照野", PASSWORD, "jiang@example.com", "", "quality", "检验员", ["department_staff"]),
    Person("tang", "唐亦舒", PASSWORD, "tang@example.com", "", "supply", "部门经理", ["department_head"], [], ["supply"]),
    Person("kong", "孔令宜", PASSWORD, "kong@example.com", "", "supply", "采购专员", ["department_staff"]),
    Person("lu", "陆渐鸿", PASSWORD, "lu@example.com", "", "sales", "销售部经理", ["sales_manager"], [], ["sales"]),
    Person("ouyang", "欧阳若水", PASSWORD, "ouyang@example.com", "", "sales", "客户经理", ["account_manager"]),
    Person("mo", "莫听澜", PASSWORD, "mo@example.com", "", "sales", "客户经理", ["account_manager"]),
    Person("bai", "白芷若", PASSWORD, "bai@example.com", "", "service", "客户档案管理员", ["archive_keeper"]),
    Person("jian", "简书言", PASSWORD, "jian@example.com", "", "", "个人信息保护负责人", ["privacy_officer"]),
    Person("shen", "沈砚秋", PASSWORD, "shen@example.com", "", "finance", "部门经理", ["department_head"], [], ["finance"]),
    Person("ge", "葛清越", PASSWORD, "ge@example.com", "", "finance", "会计", ["department_staff"]),
    Person("zhi", "支若兰", PASSWORD, "zhi@example.com", "", "quality", "制度管理员", ["quality_manager"]),
    Person("du", "杜若飞", PASSWORD, "du@example.com", "", "", "督察员", ["inspector"]),
    Person("sys", "秦系安", FIRST_PASSWORD, "sys@example.com", "", "", "系统管理员", ["system_administrator"]),
    Person("sec", "安守拙", FIRST_PASSWORD, "sec@example.com", "", "", "安全管理员", ["security_administrator"]),
    Person("aud", "计明理", FIRST_PASSWORD, "aud@example.com", "", "", "审计管理员", ["audit_administrator"]),
)  # fmt: skip
ANSWERS = {
    "progress.every": "P2D",
    "service_follow.every": "P1D",
    "acknowledge_urgent.within": "PT30M",
    "meeting.within": "PT4H",
    "entry_on_site.every": "P6M",
    "group_formed.every": "P12M",
    "call_recorded.within": "PT10M",
    "bad_review.within": "PT24H",
}
LOGINS = (
    ("lin", "客服专员 林知夏"),
    ("xu", "客服主管 许南乔"),
    ("chen", "工程师 陈砚"),
    ("he", "部门负责人 何苒"),
    ("gu", "公司领导 顾清和"),
    ("lu", "销售负责人 陆渐鸿"),
    ("ouyang", "客户经理 欧阳若水"),
    ("bai", "客户档案管理员 白芷若"),
    ("jian", "个人信息保护负责人 简书言"),
    ("zhi", "制度管理员 支若兰"),
    ("sys", "系统管理员 秦系安"),
    ("aud", "审计管理员 计明理"),
)

FOUNDING = Founding(
    company="澄川环境（演示）",
    people=PEOPLE,
    departments=DEPARTMENTS,
    posts=POSTS,
    weekly=WEEKLY,
    adoptions=[Adoption("feedback", ANSWERS)],
    service_phone="400-000-0000（演示号码）",
)
