"""What the page of a file that was read shows."""

from __future__ import annotations

import pytest

from keyue.compliance.reading_page import called


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("第一章/第三条", "第三条"),
        ("第一章/第三条/（二）", "第三条 （二）"),
        ("4/4.2/4.2.1", "4.2.1"),
        ("4/4.2/a)", "4.2 a)"),
        ("二/（一）/3", "二 （一） 3"),
        ("一", "一"),
    ],
)
def test_a_unit_is_called_by_the_numbers_that_say_which_is_meant(path: str, said: str) -> None:
    assert called(path) == said
