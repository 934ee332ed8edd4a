# The kit's style sheet and script: fetched by npm, cleaned and named by their content.
UI_PACKAGE := internal/ui/npm/node_modules/govuk-frontend/package.json
UI_MANIFEST := internal/ui/static/dist/manifest.json

assets: $(UI_MANIFEST)

$(UI_PACKAGE): internal/ui/npm/package-lock.json
	cd internal/ui/npm && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

$(UI_MANIFEST): $(UI_PACKAGE) $(wildcard internal/ui/brand/*) $(wildcard internal/ui/asset/*.go)
	go run ./internal/ui/asset
