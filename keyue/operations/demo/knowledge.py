"""The demo company's knowledge base: articles written at the desk, approved by its head, one due, one revised, one waiting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from keyue.knowledge import actions
from keyue.knowledge.actions import Text
from keyue.knowledge.models import Article
from keyue.operations.demo.knowledge_texts import ARTICLES, INTERNAL, ArticleText
from keyue.operations.demo.play import Play, Step

TECHNICAL = ("设备故障", "维护保养", "水质问题", "污水处理")


def steps(play: Play) -> Iterator[Step]:
    """In the order of time."""
    yield from sorted(_Desk(play).acts(), key=lambda step: step[0])


@dataclass(slots=True)
class _Desk:
    """What has been written so far, by its key."""

    play: Play
    written: dict[str, Article] = field(default_factory=dict)

    def acts(self) -> Iterator[Step]:
        day = self.play.workday
        for n, said in enumerate((*ARTICLES, INTERNAL)):
            yield day(50 - n % 5, 9.3 + 0.2 * n), partial(self.write, said)
            yield day(45 - n % 5, 14.1 + 0.2 * n), partial(self.publish, said.key)
        yield day(30, 10.4), partial(self.review, "warranty")
        yield (
            day(12, 9.6),
            partial(
                self.revise,
                "filter_cycle",
                "PP 棉三到六个月，活性炭六到十二个月，反渗透膜两到三年，后置炭棒一年。原水浑浊的地区要缩短一半。",
                "滤芯多久换一次看种类：PP 棉三到六个月，活性炭六到十二个月，反渗透膜两到三年，后置炭棒一年。"
                "原水浑浊的地区间隔减半，不另收检测费。",
            ),
        )
        yield day(11, 15.3), partial(self.publish, "filter_cycle")
        yield day(2, 16.1), partial(self.change_source, "repair_time")
        yield day(1, 11.2), partial(self.revise, "invoice", "三个工作日内开具", "两个工作日内开具")
        yield (
            day(1, 11.4),
            lambda at: actions.submit_edition(
                article=self.written["invoice"], by=self.play.cast["yu"], at=at
            ),
        )

    @staticmethod
    def text(said: ArticleText) -> Text:
        return Text(
            title=said.title,
            body=said.body,
            topic=said.topic,
            visibility="staff" if said is INTERNAL else "public",
            asked=said.asked,
        )

    def write(self, said: ArticleText, at: datetime) -> None:
        users = self.play.cast.users
        is_technical = said.topic in TECHNICAL
        self.written[said.key] = actions.draft_article(
            text=self.text(said),
            owner=users["xu"],
            editor=users["su"] if is_technical else users["yu"],
            department="engineering" if is_technical else "service",
            review_months=2 if said.key in ("tds", "hours") else 3,
            by=self.play.cast["su" if is_technical else "yu"],
            at=at,
        )

    def publish(self, key: str, at: datetime) -> None:
        article, by = self.written[key], self.play.cast
        actions.submit_edition(article=article, by=by["yu"], at=at)
        actions.publish_edition(article=article, by=by["xu"], at=at)

    def review(self, key: str, at: datetime) -> None:
        actions.review_article(
            article=self.written[key], remark="与现行合同范本一致。", by=self.play.cast["yu"], at=at
        )

    def revise(self, key: str, old: str, new: str, at: datetime) -> None:
        said = next(one for one in ARTICLES if one.key == key)
        text = replace(self.text(said), body=said.body.replace(old, new), note=new)
        actions.revise_article(article=self.written[key], text=text, by=self.play.cast["yu"], at=at)

    def change_source(self, key: str, at: datetime) -> None:
        actions.note_source_changed(
            article=self.written[key], what="郊县站点增加，到场时间有调整。", by=self.play.cast["lin"], at=at
        )
