# Quipu. `make demo` shows a census; `make test` runs every test. Both set up what they need and may be run again.

.PHONY: help demo test bench conformance torture setup build web engine packs lint fmt notices clean-data

help:
	@echo "make demo    a census you can watch: builds everything, opens a county, prints the addresses"
	@echo "make test    every test (also what CI runs)"
	@echo "make bench   the benchmarks; figures also in target/bench.json"
	@echo "make conformance  our engine against JavaRosa, whole (WALKS=10 STEPS=60)"
	@echo "make torture   simulated censuses (SEEDS=1000 FROM=0), planted faults, cuts of nodes (CUTS=50), a browser killed (KILLS=1000)"
	@echo "make lint    formatting, clippy and cargo-deny"

# How many households the demo counts, and more flags for `quipu demo` (see `quipu demo --help`).
HOUSEHOLDS ?= 50000
DEMO ?=

setup:
	@scripts/setup.sh

packs: setup
	@scripts/packs.sh

engine: setup
	@echo "== engine: the rule engine and the device core as WebAssembly"
	@cargo run --quiet -p xtask -- wasm

web: engine
	@echo "== web: the collector and the console"
	@cd web && npm run --silent build

# The whole workspace with its tests, so that `demo` and `test` share one build of every dependency.
build: web packs
	@echo "== quipu: the binary and its tests"
	@cargo build --workspace --all-targets

demo: build
	@target/debug/quipu demo --households $(HOUSEHOLDS) $(DEMO)

test: build
	@scripts/test.sh

bench: setup packs
	@scripts/bench.sh

conformance:
	@scripts/conformance.sh

torture: build
	@scripts/torture.sh

fmt:
	cargo fmt --all

lint: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	target/tools/bin/cargo-deny --log-level error check licenses bans sources

notices: setup
	@node scripts/notices.mjs
