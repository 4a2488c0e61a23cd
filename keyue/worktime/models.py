"""Calendars as they were published. The arithmetic is in `calendar` and `rules`, without a database."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from keyue.kernel.ids import new_id


class WorkCalendar(models.Model):
    """A calendar of the company: its code, by which controls name it, and its name for people."""

    code = models.CharField(_("代码"), max_length=64, unique=True)
    name = models.CharField(_("名称"), max_length=100)

    plain: ClassVar[tuple[str, ...]] = ("name",)

    class Meta:
        verbose_name = _("工作日历")
        verbose_name_plural = _("工作日历")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(code=""), name="calendar_code_not_empty"),
            models.CheckConstraint(condition=~models.Q(name=""), name="calendar_name_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class PublishedVersions(models.QuerySet["CalendarVersion"]):
    """Versions, which nothing changes or deletes, not even many at once."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused: publish another version."""
        raise RuntimeError("calendar versions are never changed: publish another")

    def delete(self) -> NoReturn:
        """Refused: a version stays."""
        raise RuntimeError("calendar versions are never deleted")


class CalendarVersion(models.Model):
    """What a calendar said from `recorded_at` on. Never changed, never deleted: a deadline may rest on it.

    The id is a UUID because processes remember calendars by it: a number can be given out again after a
    transaction that took it was rolled back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    calendar = models.ForeignKey(
        WorkCalendar, on_delete=models.PROTECT, related_name="versions", verbose_name=_("工作日历")
    )
    n = models.PositiveIntegerField(_("版本号"))
    recorded_at = models.DateTimeField(_("发布时刻"))
    by = models.CharField(_("发布人"), max_length=64)
    definition = models.JSONField(_("内容"))
    note = models.CharField(_("说明"), max_length=500, blank=True)

    plain: ClassVar[tuple[str, ...]] = ("note",)

    objects = PublishedVersions.as_manager()

    class Meta:
        verbose_name = _("日历版本")
        verbose_name_plural = _("日历版本")
        ordering = ["calendar", "n"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "n"], name="calendar_version_number_once"),
            models.CheckConstraint(condition=models.Q(n__gte=1), name="calendar_version_number_from_one"),
            models.CheckConstraint(condition=~models.Q(by=""), name="calendar_version_has_publisher"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} v{self.n}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only ever a new row. Raises RuntimeError for a change: publish another version."""
        if not self._state.adding:
            raise RuntimeError("a calendar version is never changed: publish another")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: a version stays."""
        raise RuntimeError("a calendar version is never deleted")
