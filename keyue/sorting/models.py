"""What was proposed and what became of it, the models it came from, rules and lists, alike cases and problems.

Only `actions/` writes here. No model holds a text; what is kept of the words of a case goes with its customer.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.cases.enums import CaseType, Category, Level
from keyue.customers.enums import Grade
from keyue.customers.regions import place_name
from keyue.ledger.facts import Subject
from keyue.sorting.enums import ModelState, Mood, ProblemState, Question
from keyue.sorting.model.routing import Rule

SORTING = Subject("sorting", "1")


class SortingModel(models.Model):
    """A version of the model. `data` is made of hashes and numbers; `figures` what it got right of the held-back cases."""

    n = models.PositiveIntegerField(_("版本"), unique=True)
    state = models.CharField(_("状态"), max_length=8, choices=ModelState)
    data = models.BinaryField(_("权重"))
    learned = models.PositiveIntegerField(_("学习的事项数"))
    held_back = models.PositiveIntegerField(_("留作检验的事项数"))
    figures = models.JSONField(_("检验结果"), default=dict)
    seconds = models.FloatField(_("训练秒数"))
    trained_at = models.DateTimeField(_("训练时间"))
    put_at = models.DateTimeField(_("启用时间"), null=True)
    put_by = models.CharField(_("启用人"), max_length=101, default="", blank=True)

    plain: ClassVar[tuple[str, ...]] = ("figures", "put_by")

    class Meta:
        verbose_name = _("分拣模型")
        verbose_name_plural = _("分拣模型")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=ModelState.IN_USE), name="sorting_one_model_in_use"
            ),
            models.CheckConstraint(
                condition=Q(put_at=None, put_by="") | (Q(put_at__isnull=False) & ~Q(put_by="")),
                name="sorting_model_put_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.n)


class WordList(models.Model):
    """The company's own list of words that speak for an answer; it takes the place of the product's."""

    question = models.CharField(_("判断什么"), max_length=12, choices=Question)
    label = models.CharField(_("答案"), max_length=20)
    words = models.TextField(_("词"), default="", blank=True)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=101)

    plain: ClassVar[tuple[str, ...]] = ("label", "words", "changed_by")

    class Meta:
        verbose_name = _("分拣词表")
        verbose_name_plural = _("分拣词表")
        constraints = [models.UniqueConstraint(fields=["question", "label"], name="sorting_word_list_once")]

    def __str__(self) -> str:
        return f"{self.question} {self.label}"


class SortingSettings(models.Model):
    """One row: from how many alike cases within how many days on there is an alarm."""

    alike = models.PositiveSmallIntegerField(_("相似事项数"), default=10)
    days = models.PositiveSmallIntegerField(_("天数"), default=7)
    rev = models.PositiveIntegerField(_("修订号"), default=0)

    class Meta:
        verbose_name = _("分拣设置")
        verbose_name_plural = _("分拣设置")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sorting_settings_one_row")]

    def __str__(self) -> str:
        return f"{self.alike}/{self.days}"


class RoutingRule(models.Model):
    """Whose cases of some kind are. Rules are asked by `position`; one that has ended is asked no more."""

    name = models.CharField(_("规则名称"), max_length=60)
    position = models.PositiveIntegerField(_("次序"))
    category = models.CharField(_("类别"), max_length=12, choices=Category, default="", blank=True)
    type = models.CharField(_("类型"), max_length=12, choices=CaseType, default="", blank=True)
    words = models.CharField(_("产品词"), max_length=400, default="", blank=True)
    region = models.CharField(_("地区"), max_length=40, default="", blank=True)
    grade = models.CharField(_("客户等级"), max_length=1, choices=Grade, default="", blank=True)
    lead = models.CharField(_("牵头部门"), max_length=60)
    skill = models.CharField(_("需要的技能"), max_length=40, default="", blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("交给谁"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    ended_at = models.DateTimeField(_("停用时间"), null=True)
    ended_by = models.CharField(_("停用人"), max_length=101, default="", blank=True)

    plain: ClassVar[tuple[str, ...]] = ("name", "words", "region", "lead", "skill", "ended_by")

    class Meta:
        verbose_name = _("派单规则")
        verbose_name_plural = _("派单规则")
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="sorting_rule_ended_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def as_rule(self) -> Rule:
        """The rule as the pure model asks it."""
        words = tuple(self.words.split())
        return Rule(
            self.pk, self.name, self.lead, self.category, self.type, words, place_name(self.region), self.grade,
            self.skill, self.person_id,
        )  # fmt: skip


class StaffSkill(models.Model):
    """Something that a member of staff can do and rules may ask for."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("员工"), on_delete=models.CASCADE, related_name="skills"
    )
    name = models.CharField(_("技能"), max_length=40)
    given_at = models.DateTimeField(_("登记时间"))
    given_by = models.CharField(_("登记人"), max_length=101)

    plain: ClassVar[tuple[str, ...]] = ("name", "given_by")

    class Meta:
        verbose_name = _("员工技能")
        verbose_name_plural = _("员工技能")
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="sorting_skill_once")]

    def __str__(self) -> str:
        return self.name


class Proposal(models.Model):
    """What was proposed for a case when it came in: the answers as columns, to be counted against what people chose, and
    in `detail` how probable each is and the words of the text that spoke for it. `model` is empty where lists of words
    spoke."""

    case = models.OneToOneField(
        "cases.Case", verbose_name=_("事项"), on_delete=models.CASCADE, related_name="proposal"
    )
    model = models.ForeignKey(
        SortingModel,
        verbose_name=_("分拣模型"),
        null=True,
        on_delete=models.PROTECT,
        related_name="proposals",
    )
    category = models.CharField(_("类别"), max_length=12, choices=Category, default="", blank=True)
    type = models.CharField(_("类型"), max_length=12, choices=CaseType, default="", blank=True)
    urgency = models.CharField(_("级别"), max_length=10, choices=Level, default="", blank=True)
    mood = models.CharField(_("情绪"), max_length=8, choices=Mood, default="", blank=True)
    lead = models.CharField(_("牵头部门"), max_length=60, default="", blank=True)
    rule = models.ForeignKey(
        RoutingRule, verbose_name=_("派单规则"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    detail = models.JSONField(_("把握与理由"), default=dict, blank=True)
    made_at = models.DateTimeField(_("提出时间"))

    personal: ClassVar[tuple[str, ...]] = ("detail",)
    plain: ClassVar[tuple[str, ...]] = ("lead",)

    class Meta:
        verbose_name = _("分拣建议")
        verbose_name_plural = _("分拣建议")
        indexes = [models.Index(fields=["made_at"], name="sorting_proposal_made")]

    def __str__(self) -> str:
        return str(self.case_id)


class Acceptance(models.Model):
    """Somebody took a proposal over by its key: the act that it filled. The fact is the act's own."""

    proposal = models.ForeignKey(
        Proposal, verbose_name=_("分拣建议"), on_delete=models.CASCADE, related_name="acceptances"
    )
    act = models.CharField(_("动作"), max_length=12)
    accepted_at = models.DateTimeField(_("采纳时间"))
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("采纳人"), on_delete=models.PROTECT, related_name="+"
    )

    plain: ClassVar[tuple[str, ...]] = ("act",)

    class Meta:
        verbose_name = _("采纳记录")
        verbose_name_plural = _("采纳记录")
        constraints = [models.UniqueConstraint(fields=["proposal", "act"], name="sorting_accepted_once")]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.act}"


class CaseTerm(models.Model):
    """A word that a case says, as a number that says nothing without the key of the installation."""

    case = models.ForeignKey("cases.Case", verbose_name=_("事项"), on_delete=models.CASCADE, related_name="+")
    term = models.BigIntegerField(_("词的摘要"))

    class Meta:
        verbose_name = _("事项用词")
        verbose_name_plural = _("事项用词")
        constraints = [models.UniqueConstraint(fields=["case", "term"], name="sorting_term_once")]
        # the newest cases with a word are read from the index alone
        indexes = [models.Index(fields=["term", "-case"], name="sorting_term_newest")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.term}"


class TermCount(models.Model):
    """How many cases say a word: how little it tells."""

    term = models.BigIntegerField(_("词的摘要"), primary_key=True)
    n = models.PositiveIntegerField(_("事项数"), default=0)

    class Meta:
        verbose_name = _("用词计数")
        verbose_name_plural = _("用词计数")

    def __str__(self) -> str:
        return f"{self.term} {self.n}"


class Problem(models.Model):
    """One cause behind several cases, as the facts of its subject say. An alarm begins one that is only suspected."""

    title = models.CharField(_("主题"), max_length=120)
    state = models.CharField(_("状态"), max_length=12, choices=ProblemState)
    owner = models.CharField(_("负责部门"), max_length=60, default="", blank=True)
    cause = models.TextField(_("原因"), default="", blank=True)
    action = models.TextField(_("措施"), default="", blank=True)
    found_at = models.DateTimeField(_("发现时间"))
    rev = models.PositiveIntegerField(_("修订号"), default=0)

    plain: ClassVar[tuple[str, ...]] = ("title", "owner", "cause", "action")

    class Meta:
        verbose_name = _("问题")
        verbose_name_plural = _("问题")
        indexes = [models.Index(fields=["state", "-found_at"], name="sorting_problem_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> Subject:
        return Subject("problem", str(self.pk))


class ProblemCase(models.Model):
    """A case that a problem stands behind. Nothing of the case changes."""

    problem = models.ForeignKey(
        Problem, verbose_name=_("问题"), on_delete=models.CASCADE, related_name="links"
    )
    case = models.ForeignKey(
        "cases.Case", verbose_name=_("事项"), on_delete=models.PROTECT, related_name="problem_links"
    )
    linked_at = models.DateTimeField(_("关联时间"))
    linked_by = models.CharField(_("关联人"), max_length=101)

    plain: ClassVar[tuple[str, ...]] = ("linked_by",)

    class Meta:
        verbose_name = _("问题的事项")
        verbose_name_plural = _("问题的事项")
        constraints = [models.UniqueConstraint(fields=["problem", "case"], name="sorting_problem_case_once")]

    def __str__(self) -> str:
        return f"{self.problem_id} {self.case_id}"
