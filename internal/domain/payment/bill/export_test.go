package bill

import (
	"context"

	"balai/internal/spine/outbox"
)

// Remind is the job as a process runs it.
func (x *Bills) Remind(ctx context.Context, j outbox.Job) error { return x.remind(ctx, j) }
