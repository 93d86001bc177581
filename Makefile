# Two commands do all of their own set-up: `make demo` shows what baseline does, `make test` runs
# everything that CI runs. Nothing needs to be activated.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; \
	done)
VENV := .venv
JUDGES := .venv-judges
SANDBOX := .venv-sandbox
BIN := $(VENV)/bin
PIP := -m pip --disable-pip-version-check --quiet

.PHONY: demo test fast judges hosts tools missing-tools sandbox sandboxed bench accept requirements clean

demo: $(VENV)/ready  ## Generate acme's templates, lint them, and say where to look next
	@$(BIN)/baseline generate profiles/acme.yaml --out out > /dev/null
	@$(BIN)/baseline lint profiles/acme.yaml
	@echo
	@echo "Where to look next:"
	@echo "  profiles/acme.yaml                     what the organization asked for"
	@echo "  out/acme/prod/bucket-documents.yaml    what it gets: read a template as its reviewer"
	@echo "  out/acme/manifest.json                 where each stack goes, and who asked for what"
	@echo "  $(BIN)/baseline init my.yaml           your own profile"
	@echo "  make sandbox                           a local AWS, to deploy all of it to"

test: tools fast judges hosts sandboxed  ## Everything that CI runs
	$(BIN)/pytest -q -m packaging

fast: $(VENV)/ready
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/pytest -q -m "not judges and not packaging and not hosts and not sandbox"

judges: $(VENV)/ready $(JUDGES)/ready
	$(BIN)/pytest -q -m judges

hosts: $(VENV)/ready  ## Boot a Debian of its own with our user data and log in (as root)
	$(BIN)/pytest -q -m hosts

sandbox: $(SANDBOX)/ready  ## Run a local AWS, to try deploying and drift on, until Ctrl-C
	@$(SANDBOX)/bin/python -m sandbox

sandboxed: $(VENV)/ready $(SANDBOX)/ready  ## Deploy to a local AWS and look at what is there
	$(BIN)/pytest -q -m sandbox

# Programs that judge user data, and the Debian package of each.
TOOLS := auditctl:auditd cloud-init:cloud-init ip:iproute2 mmdebstrap:mmdebstrap \
	nft:nftables ssh:openssh-client sshd:openssh-server sysctl:procps ssh-audit:ssh-audit visudo:sudo

tools:
	@missing=$$($(MAKE) --silent missing-tools); test -z "$$missing" || \
		echo "Some tests of user data will be skipped: apt-get install" $$missing

missing-tools:
	@for tool in $(TOOLS); do \
		PATH="$$PATH:/usr/sbin:/sbin" command -v $${tool%%:*} >/dev/null || echo $${tool#*:}; \
	done

bench: $(VENV)/ready  ## Print ratios, all measured in one run
	$(BIN)/pytest -q --benchmark-only --benchmark-columns=median,rounds tests/benchmarks
	$(BIN)/python tests/benchmarks/ratios.py
	$(BIN)/python -m tests.benchmarks.reading

accept: $(VENV)/ready  ## Write out/, docs/ and examples anew, to review the change with git diff
	$(BIN)/baseline generate profiles/acme.yaml --out out
	$(BIN)/baseline generate profiles/minimal.yaml --out out
	$(BIN)/python -m tests.reference

requirements:  ## Pin the environments anew, with hashes
	$(BIN)/pip --quiet install uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-package baseline-aws --custom-compile-command "make requirements" \
		requirements/dev.in -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make requirements" requirements/judges.in -o requirements/judges.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make requirements" requirements/sandbox.in -o requirements/sandbox.txt

clean:
	rm -rf $(VENV) $(JUDGES) $(SANDBOX) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/ready: requirements/dev.txt setup.cfg pyproject.toml
	@$(MAKE) --no-print-directory usable-python
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) …"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP) install --require-hashes -r requirements/dev.txt
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(JUDGES)/ready: requirements/judges.txt
	@$(MAKE) --no-print-directory usable-python
	@echo "Setting up $(JUDGES) …"
	@rm -rf $(JUDGES)
	@$(PYTHON) -m venv $(JUDGES)
	@$(JUDGES)/bin/python $(PIP) install --require-hashes -r requirements/judges.txt
	@touch $@

$(SANDBOX)/ready: requirements/sandbox.txt
	@$(MAKE) --no-print-directory usable-python
	@echo "Setting up $(SANDBOX) …"
	@rm -rf $(SANDBOX)
	@$(PYTHON) -m venv $(SANDBOX)
	@$(SANDBOX)/bin/python $(PIP) install --require-hashes -r requirements/sandbox.txt
	@touch $@

.PHONY: usable-python
usable-python:
	@test -n "$(PYTHON)" || { echo "baseline needs Python 3.11 or newer, which was not found: \
	install it (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python), \
	or say where it is: make demo PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is \
	$$($(PYTHON) --version 2>&1); baseline needs Python 3.11 or newer: install it, or say where it \
	is: make demo PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv: install \
	it (Debian, Ubuntu: apt-get install python3-venv)"; exit 1; }
