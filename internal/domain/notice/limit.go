package notice

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Limits is how much a service may ask for: requests in a rolling minute for
// each kind of key, and messages on a day, which test keys do not use up.
type Limits struct{ Minute, Day int64 }

// NotifyLimits are Notify's own.
var NotifyLimits = Limits{Minute: 3000, Day: 250_000}

func daily(c caller) string { return "notice " + c.ID }

// countRequest counts a request; the answer is a problem where there were too
// many.
func (p *Part) countRequest(ctx context.Context, c caller) (*problem, error) {
	ok, err := p.Meter.Minute(ctx, "notice "+c.ID+" "+string(c.Key.Kind), p.Limits.Minute)
	if err != nil || ok {
		return nil, err
	}
	name := string(c.Key.Kind)
	if c.Key.Kind == Normal {
		name = "live"
	}
	return tooMany("RateLimitError", fmt.Sprintf("Exceeded rate limit for key type %s of %d requests per 60 seconds", strings.ToUpper(name), p.Limits.Minute)), nil
}

// countMessage counts a message of today.
func (p *Part) countMessage(ctx context.Context, c caller) (*problem, error) {
	if c.Key.Kind == Test {
		return nil, nil
	}
	ok, err := p.Meter.Day(ctx, daily(c), p.Limits.Day)
	if err != nil || ok {
		return nil, err
	}
	return tooMany("TooManyRequestsError", fmt.Sprintf("Exceeded send limits (%d) for today", p.Limits.Day)), nil
}

// notAccepted gives back a message that was counted and not accepted.
func (p *Part) notAccepted(c caller) {
	if c.Key.Kind != Test {
		p.Meter.GiveBack(daily(c))
	}
}

func tooMany(kind, message string) *problem {
	return &problem{http.StatusTooManyRequests, []NotifyError{{kind, message}}}
}
