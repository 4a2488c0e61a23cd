"""A company that follows its shop, its Weibo and its Douyin."""

from tests.apps.channels.vendors import desk as desk
