# `make demo` and `make test` are all a newcomer needs: each does its own set-up.
SHELL := /bin/sh
BUILD := swift build -c release --product plumbline
BINARY = $(shell swift build -c release --show-bin-path)/plumbline

.PHONY: demo test serve stop bench checks photographs lint build setup clean

demo: build
	@config/demo.sh "$(BINARY)"

test:
	@config/setup.sh test
	swift build -c release --build-tests
	swift test -c release --skip-build
	@Tests/instruction_sets.sh
	@Tests/Contract/check.sh "$(BINARY)"
	@Tests/Tools/check.sh "$(BINARY)"

serve: build
	@exec "$(BINARY)" serve --config config/plumbline.json

stop:
	@config/stop.sh

# Ratios against PyTorch, faiss and a script of theirs; BENCH=train/cnn runs what begins so.
bench: build
	@swift build -c release --product engine-benchmark
	@Benchmarks/compare.sh "$(BINARY)" "$(dir $(BINARY))engine-benchmark"

# The whole service against published references and planted faults; CHECKS="mnist flips" runs some.
checks: build
	@Benchmarks/checks.sh "$(BINARY)"

# Photographs with known wrong labels: the default job against a notebook, in quality and in time.
photographs: build
	@Benchmarks/photographs.sh "$(BINARY)"

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks/Engine

build: setup
	@$(BUILD)

setup:
	@config/setup.sh

clean:
	rm -rf .build
