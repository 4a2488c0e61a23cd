# make setup | run | test  (see README.md)
SHELL := /bin/bash
PYTHON ?= python3.11
PORT ?= 8000
VENV := .venv
STAMP := $(VENV)/.installed-$(shell cat pyproject.toml constraints.txt | sha256sum | cut -c1-16)

.PHONY: setup run test
setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -x $(VENV)/bin/python || $(shell command -v $(PYTHON) || command -v python3) -m venv $(VENV)
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@rm -f $(VENV)/.installed-* && touch $@

run: setup
	@$(VENV)/bin/keyue demo --serve --port $(PORT)

test: setup
	@$(VENV)/bin/python -m tests.run
