package replay

import (
	"context"
	"runtime"
	"runtime/debug"

	"golang.org/x/sync/errgroup"
)

// heap is how much may be dropped, in percent of what is kept, before the
// collector runs; what is kept is small.
const heap = 400

// Batch makes a few cases, on whichever core has the time.
type Batch func() []Case

// Source hands out batches in order until there is none left.
type Source func(ctx context.Context, emit func(Batch) error) error

// task is a batch on its way; its changes come in the order of the batches.
type task struct {
	batch Batch
	out   chan []Change
}

// Run replays what the sources hand out on every core, and tells visit each
// change in order. It holds no more than a few batches at a time.
func Run(ctx context.Context, p Pair, sources []Source, visit func(Change) error) error {
	cores := runtime.GOMAXPROCS(0)
	defer debug.SetGCPercent(debug.SetGCPercent(heap)) // most of what is made is dropped at once
	work, order := make(chan task), make(chan task, 2*cores)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(work)
		defer close(order)
		for _, s := range sources {
			if err := s(ctx, func(b Batch) error { return hand(ctx, task{b, make(chan []Change, 1)}, order, work) }); err != nil {
				return err
			}
		}
		return nil
	})
	for range cores {
		g.Go(func() error {
			for t := range work {
				cases := t.batch()
				out := make([]Change, len(cases))
				for i, c := range cases {
					out[i] = p.Compare(c)
				}
				t.out <- out
			}
			return nil
		})
	}
	g.Go(func() error {
		for t := range order {
			select {
			case out := <-t.out:
				for _, c := range out {
					if err := visit(c); err != nil {
						return err
					}
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return g.Wait()
}

// hand gives a task its place, then its worker.
func hand(ctx context.Context, t task, lanes ...chan task) error {
	for _, lane := range lanes {
		select {
		case lane <- t:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
