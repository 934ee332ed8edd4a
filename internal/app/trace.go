package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// tracer hands spans of requests to a collector. It is off where no collector
// is named. A span has the route and never the address, which may name a
// person or a case.
type tracer struct {
	provider *trace.TracerProvider
	tracer   oteltrace.Tracer
	carry    propagation.TraceContext
}

// newTracer gives nil where the settings name no collector.
func newTracer(ctx context.Context, cfg Config, log *slog.Logger) (*tracer, error) {
	to := cfg.Get("otel-endpoint")
	if to == "" {
		return nil, nil
	}
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, misused("--otel-endpoint %q is not http(s)://HOST:PORT of an OTLP collector", to)
	}
	share, err := strconv.ParseFloat(cfg.Get("otel-share"), 64)
	if err != nil || share < 0 || share > 1 {
		return nil, misused("--otel-share %q is not a share from 0 to 1", cfg.Get("otel-share"))
	}
	options := []otlptracehttp.Option{otlptracehttp.WithEndpointURL(strings.TrimSuffix(to, "/") + "/v1/traces"), otlptracehttp.WithTimeout(10 * time.Second)}
	if token := cfg.Get("otel-token"); token != "" {
		options = append(options, otlptracehttp.WithHeaders(map[string]string{"Authorization": "Bearer " + token}))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("the collector of traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces were not sent", "error", err) }))
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithSampler(trace.TraceIDRatioBased(share)), // a caller from anywhere does not decide it
		trace.WithResource(resource.NewSchemaless(attribute.String("service.name", "balai"), attribute.String("service.version", Version))))
	log.Info("traces are sent", "share", share)
	return &tracer{provider: provider, tracer: provider.Tracer("balai")}, nil
}

// begin opens a request's span, under the caller's where it names one.
func (t *tracer) begin(r *http.Request) (*http.Request, func(pattern string, status int)) {
	ctx := t.carry.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, "request", oteltrace.WithSpanKind(oteltrace.SpanKindServer),
		oteltrace.WithAttributes(attribute.String("http.request.method", known(r.Method))))
	return r.WithContext(ctx), func(pattern string, status int) {
		if pattern != "" {
			span.SetName(pattern)
			_, route, _ := strings.Cut(pattern, " ")
			span.SetAttributes(attribute.String("http.route", route))
		}
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= 500 {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// known is a method by its name, and anything else as one.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "_OTHER"
}

// close sends what is still held.
func (t *tracer) close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
