# Builds are kept in ~/.cache/tep (or $TEPDEV_CACHE), outside the clone. What each command does is in scripts/.
.PHONY: help run test check nightly dev golden test-qdrant audit release lint-deploy screenshots clean-cache

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

run: ## Build what has changed and start the plant
	@scripts/run

test: ## Every check and every test
	@scripts/test

check: ## The quick checks, while working
	@scripts/test quick

nightly: ## Hundreds of seeded shifts with faults; takes up to two hours
	@scripts/nightly

dev: ## The server, and the web pages with hot reload
	@scripts/dev

golden: ## Write tests/golden anew from what the code says now
	@scripts/golden

test-qdrant: ## The tests of the Qdrant home on a live server: make test-qdrant QDRANT_URL=http://127.0.0.1:6334
	@QDRANT_URL="$(QDRANT_URL)" scripts/test-qdrant

audit: ## Known advisories of dependencies (asks the network)
	@scripts/audit

release: ## The optimised binary
	@scripts/release

lint-deploy: ## Check the files in deploy/
	@scripts/lint-deploy

screenshots: ## Take the pictures in docs/images anew
	@scripts/screenshots

clean-cache: ## Delete everything that was built
	@scripts/clean-cache
