# `make` lists what there is. Every target does by hand what anybody could type; none keeps state of its own.

.DEFAULT_GOAL := help
.PHONY: help run test check bench demo up down logs

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## build and start the server on http://127.0.0.1:8000
	cargo run --release

test: ## say what is missing, then run every test of the workspace
	@scripts/prerequisites.sh --tests
	@scripts/test.sh

check: ## formatting, lints, docs, and the guards of the dependencies
	@scripts/prerequisites.sh --lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	scripts/core-is-pure.sh
	scripts/one-tls-provider.sh

bench: ## measure the server over HTTP, then one decision in the core
	cargo run --release -- bench
	cargo bench --package maitred-core

demo: ## fill an empty database, route some thousands of contacts, print shares beside weights
	cargo run --release -- demo

up: ## start the server in a container on http://127.0.0.1:8000
	docker compose up --build --detach

down: ## stop the container; its data stays in the volume
	docker compose down

logs: ## follow the log of the container
	docker compose logs --follow
