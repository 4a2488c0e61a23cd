"""A company, and the stand-in for the robots' platforms."""

from tests.apps.channels.vendors import desk as desk
from tests.apps.channels.vendors import standin as standin
