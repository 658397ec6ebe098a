# `make` lists what there is. Every target does by hand what anybody could type; none keeps state of its own.

.DEFAULT_GOAL := help
.PHONY: help run test docs chaos schemathesis fuzz check bench demo screenshots deb up down logs

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## build and start the server on http://127.0.0.1:8000
	cargo run

test: ## say what is missing, then run every test of the workspace
	@scripts/prerequisites.sh --tests
	@scripts/test.sh

docs: ## update the tables in ARCHITECTURE.md and docs from the code
	UPDATE_DOCS=1 cargo test --package maitred --test docs the_tables

chaos: ## let everything break under load for SECONDS=600, with SEED=1, and check every promise
	@scripts/prerequisites.sh --tests
	MAITRED_CHAOS_SECONDS=$(or $(SECONDS),600) MAITRED_CHAOS_SEED=$(or $(SEED),1) cargo test --workspace --test chaos -- \
		--nocapture

schemathesis: ## search answers that the documents of the API do not allow, for SECONDS=600, with SEED=1
	@scripts/prerequisites.sh --tests
	MAITRED_SCHEMATHESIS_SECONDS=$(or $(SECONDS),600) MAITRED_SCHEMATHESIS_SEED=$(or $(SEED),1) scripts/schemathesis.sh

fuzz: ## let every fuzzer of fuzz/ search for SECONDS=60 (needs a nightly compiler and cargo-fuzz)
	scripts/fuzz.sh $(or $(SECONDS),60)

check: ## formatting, lints, docs, and the guards of the dependencies
	@scripts/prerequisites.sh --lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --workspace --all-targets --features maitred/otlp -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	scripts/core-is-pure.sh
	scripts/one-tls-provider.sh
	scripts/audit.sh

bench: ## measure the server over HTTP on both databases, then one decision in the core and a year of a calendar
	cargo run --profile dist -- bench
	DURABLE=1 scripts/with-postgres.sh sh -c 'cargo run --profile dist -- bench --postgres "$$MAITRED_TEST_POSTGRES"'
	cargo bench --package maitred-core --package maitred-calendar

demo: ## fill an empty database, route some thousands of contacts, print shares beside weights
	cargo run -- demo

screenshots: ## write pictures of every page of the console to target/screenshots
	@scripts/prerequisites.sh --browser
	SCREENSHOTS=$(CURDIR)/target/screenshots cargo test --package maitred --test console pages

deb: ## build a Debian package of this tree for this machine, in target/deb
	cargo build --profile dist --locked --package maitred --bin maitred
	mkdir -p target/deb
	scripts/deb.sh target/dist/maitred target/deb

up: ## start the server in a container on http://127.0.0.1:8000
	docker compose up --build --detach

down: ## stop the container; its data stays in the volume
	docker compose down

logs: ## follow the log of the container
	docker compose logs --follow
