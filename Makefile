# make book   the book, from nothing to HTML        make test   everything that proves it
# Each target is one or two commands, which can also be typed by hand.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
PAGE   := _build/html/book/index.html

# `make book EDITION=teachers` shows solutions, in a folder of its own; nothing else does, and nothing else is made of its pages.
EDITION ?= students
ifeq ($(filter students teachers,$(EDITION)),)
$(error EDITION is students or teachers, not "$(EDITION)")
endif
ifeq ($(EDITION),teachers)
ifneq ($(filter-out help env book clean,$(MAKECMDGOALS)),)
$(error EDITION=teachers is for "make book" alone, whose pages then show the solutions. What "make $(MAKECMDGOALS)" makes shows none: leave EDITION out)
endif
endif
COURSE  ?= _build/teachers
OUT     := $(if $(filter teachers,$(EDITION)),_build/teachers-edition,.)

# One thread per process: two processes then use two cores, and sums are added in the same order at every run.
export OMP_NUM_THREADS := 1
export PYTHONHASHSEED := 0

.DEFAULT_GOAL := help
.PHONY: help env book pdf release test check unit budget notebooks pages serve lab students teachers mark bench mutants elsewhere screenshot lock vendor clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|'

env: $(VENV)/.ok ## the environment in .venv, with the exact versions of requirements.lock
$(VENV)/.ok: requirements.lock pyproject.toml jupyter/overrides.json
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Python 3.11 to 3.13 is needed; {sys.executable} is {v.major}.{v.minor}. Try: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check -q -r requirements.lock
	$(BIN)/pip install --disable-pip-version-check -q --no-deps -e .
	mkdir -p $(VENV)/share/jupyter/lab/settings && cp jupyter/overrides.json $(VENV)/share/jupyter/lab/settings/
	@touch $@

book: env ## the book as HTML; what did not change is not computed again (EDITION=teachers: with solutions)
	EDITION=$(EDITION) $(BIN)/jupyter-book build . --path-output $(OUT) -W -n --keep-going
	@printf '\nThe book is ready. Open in a browser:\n  file://%s\n' "$(abspath $(OUT))/$(PAGE)"

pdf: book ## the whole book as one PDF, with bookmarks and links: _build/course.pdf (needs Chromium)
	$(BIN)/python book/_ext/pdf.py _build/html _build/course.pdf
release: pdf students ## pages, PDF, notebooks and library as one zip that needs no network to be read: _build/course-VERSION.zip
	$(BIN)/python book/_ext/release.py

test: check unit book budget notebooks pages ## everything: style, library, shares of the time, notebooks against the book, built pages in a browser

check: env ## style of the code
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
unit: env ## tests of the library and of the project's files
	$(BIN)/pytest -q -n 2 --ignore tests/book/pages
budget: book ## does each chapter keep to its share of the time, in book/budget.csv?
	$(BIN)/python book/_ext/budget.py check
notebooks: book ## run every notebook again and compare with what the book shows
	$(BIN)/python book/_ext/notebooks.py executed _build/nbval
	PYTHONPATH=$(CURDIR)/book/_ext $(BIN)/pytest -q -n 2 --dist loadfile -c tests/nbval.ini --rootdir . --nbval --nbval-current-env --nbval-sanitize-with tests/nbval-sanitize.cfg _build/nbval
# With -j the stages run side by side, but not these two, each of which takes both cores.
pages: book $(if $(filter test,$(MAKECMDGOALS)),notebooks) ## tests of the built pages in headless Chromium
	$(BIN)/pytest -q -n 2 tests/book/pages

serve: book ## the book at http://localhost:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000
lab: env ## JupyterLab, where a click on a chapter opens it as a notebook
	$(BIN)/jupyter lab book
students: env ## chapters and exercise sheets as notebooks, with what they need: _build/students and _build/students.zip
	$(BIN)/python book/_ext/notebooks.py students _build/students
teachers: env ## the solved sheets with marks, as nbgrader's course folder: COURSE=folder, else _build/teachers
	$(BIN)/python book/_ext/notebooks.py teachers $(COURSE)
mark: env ## marks for a folder of submissions: SUBMISSIONS=folder, and MARKS=file.csv, SHEET=td, COURSE=folder, SANDBOX=yes
	@$(BIN)/python book/_ext/marking/marking.py mark "$(SUBMISSIONS)" --course "$(COURSE)" $(if $(MARKS),--marks "$(MARKS)") $(if $(SHEET),--sheet "$(SHEET)") $(if $(filter yes,$(SANDBOX)),--sandbox)
bench: env ## timings against other libraries
	for benchmark in benchmarks/[a-z]*.py; do $(BIN)/python -m benchmarks.$$(basename $$benchmark .py) || exit 1; done
MODULES ?=
SAMPLE  ?= 12
MUTANTS := _build/mutants/env
mutants: $(MUTANTS)/.ok ## do tests notice faults put into the library? MODULES="basics learning/descent", SAMPLE=12 mutants of each
	nice $(MUTANTS)/bin/python tests/mutation/run.py $(MODULES) --sample $(SAMPLE)
# cosmic-ray and its needs in an environment of their own, on top of the other one
$(MUTANTS)/.ok: tests/mutation/requirements.txt $(VENV)/.ok
	$(BIN)/python -m venv --clear $(MUTANTS)
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$$($(MUTANTS)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/course.pth"
	$(MUTANTS)/bin/pip install --disable-pip-version-check -q -r tests/mutation/requirements.txt
	@touch $@
PAGES ?=
elsewhere: env ## do the chapters' claims hold on other kinds of processors? PAGES="book/basics/em.md"
	$(BIN)/python tests/elsewhere.py $(PAGES)
screenshot: book ## the README's pictures
	$(BIN)/python tests/book/screenshot.py images
lock: ## solve the versions anew, into requirements.lock and environment.yml
	$(PYTHON) book/_ext/lock.py
vendor: ## fetch the scripts in book/assets/vendor anew (needs npm)
	sh book/assets/vendor/refresh.sh
clean: ## remove all that was built, except the environment
	@if [ -e _build/teachers/gradebook.db ]; then echo "_build/teachers holds marks: move it away first, it cannot be built again"; exit 1; fi
	rm -rf _build
