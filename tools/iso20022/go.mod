// The schemas and samples of ISO 20022's messages, with which internal/spine/iso20022
// is judged. Its code is used nowhere, so that `go mod tidy` would take it out; a
// module of its own, so that what it needs changes no other tool's.
module balai/tools/iso20022

go 1.26.0

require github.com/moov-io/iso20022 v0.2.1
