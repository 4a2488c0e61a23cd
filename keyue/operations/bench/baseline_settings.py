"""Settings of the yardstick: the product's database and nothing else of it."""

from keyue.config.settings import *  # noqa: F403

INSTALLED_APPS = []
MIDDLEWARE = []
ROOT_URLCONF = "keyue.operations.bench.baseline"
AUTH_USER_MODEL = "auth.User"
