"""A company with cases that came in, and browsers for its people."""

from tests.apps.cases.conftest import as_user as as_user
from tests.apps.cases.conftest import desk as desk
from tests.apps.cases.conftest import world as world
