# The project's commands. `make demo` shows the hall, `make test` proves it.
# Everything built or fetched lands in ignored folders: bin/, .build/, node_modules/.

.DEFAULT_GOAL := build
SHELL := /bin/bash
export CGO_ENABLED := 0

BOM := internal/app/bom/dist/parts.json.gz

.PHONY: build demo demo-agency test check assets shots bench bench-identity bench-payments chaos-hall chaos-identity chaos-payments score-probe deb clean

build: assets $(BOM) ## bin/balai, one static binary
	go build -trimpath -ldflags=-w -o bin/balai ./cmd/balai # without what only a debugger reads

# What others wrote in the binary, with its licences.
$(BOM): go.mod go.sum internal/ui/npm/package-lock.json internal/app/bom/collect/main.go
	go run ./internal/app/bom/collect

# Another port or folder: make demo LISTEN=127.0.0.1:9090 DATA=/tmp/balai
demo: build ## the hall with its demo country on http://localhost:8080
	bin/balai demo $(if $(LISTEN),--listen $(LISTEN)) $(if $(DATA),--data $(DATA))

demo-agency: ## an agency's own system beside the running demo, on http://127.0.0.1:8090
	go run ./demo/agency $(if $(DATA),--hall $(DATA))

test: ## everything: packages, checks, both databases, the browser and the outside judges
	test/run

check: ## format, vet, static analysis, import rules, generated code
	tools/check

shots: build ## screenshots of every page into .build/shot
	test/shots

bench: build ## measured speed, the table of docs/limits.md
	test/bench/run

bench-identity: build ## tokens, flows and passkeys a second, the tables of docs/identity-speed.md
	test/bench/run-identity

bench-payments: build ## durable transfers a second beside plain double entry and the disk, the tables of docs/payment-speed.md
	test/bench/run-payments

chaos-hall: ## 2,000 people use a hall that is killed, filled up and cut off, on both databases; `make test` runs a slice
	BALAI_TEST_PG=own go test -trimpath ./test/chaos -v -count=1 -timeout 90m -args -people 2000 -over 4m -patience 40m

chaos-identity: ## codes, requests, assertions and links, raced for by 64 in two processes of which one is killed; N=100 rounds
	test/once

chaos-payments: ## 100,000 payments while the bank lies and the hall is killed and full; N=1000000 for more; with BALAI_TEST_PG on PostgreSQL too
	go test -trimpath ./test/chaos -run TestPayments -v -count=1 -timeout 24h -args -payments $(or $(N),100000) -pay-faults 0.01 -pay-at-once 32 -pay-kill-every 4s -pay-patience 23h

score-probe: build ## Malaysia's evaluation of government websites, the table of docs/probe.md
	go run ./test/probe -doc docs/probe.md

deb: build ## the Debian package, into .build
	packaging/deb/build .build

clean:
	rm -rf bin .build

# The pages' style sheet and pictures, made from pinned npm packages.
ifneq ($(wildcard internal/ui/assets.mk),)
include internal/ui/assets.mk
else
assets: ;
endif
