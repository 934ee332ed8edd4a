package web

import (
	"context"
	"net/http"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/locale"
)

type infoKey struct{}

// info is what the router learnt of a request.
type info struct {
	actor   actor.Actor
	lang    locale.Printer
	pattern string
}

func infoOf(ctx context.Context) *info {
	if i, ok := ctx.Value(infoKey{}).(*info); ok {
		return i
	}
	return &info{}
}

// ActorOf is who stands behind the request.
func ActorOf(ctx context.Context) actor.Actor { return infoOf(ctx).actor }

// L prints in the request's language.
func L(ctx context.Context) locale.Printer { return infoOf(ctx).lang }

// With makes a context as the router would; tests and jobs use it.
func With(ctx context.Context, a actor.Actor, l locale.Printer) context.Context {
	return context.WithValue(ctx, infoKey{}, &info{actor: a, lang: l})
}

// SafeNext is next where it is a path of this hall, else fallback. Browsers
// read "//", "/\" and control characters as the start of another host.
func SafeNext(next, fallback string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || len(next) > 2000 {
		return fallback
	}
	for _, r := range next {
		if r < 0x20 || r == '\\' || r == 0x7f {
			return fallback
		}
	}
	lower := strings.ToLower(next)
	if strings.HasPrefix(lower, "/%2f") || strings.HasPrefix(lower, "/%5c") {
		return fallback
	}
	return next
}

// recorder remembers the status that was sent.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (r *recorder) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if !r.wrote {
		r.status, r.wrote = http.StatusOK, true
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// discard takes an answer that is only asked for its status.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
