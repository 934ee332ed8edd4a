package replay

import (
	"context"
	"runtime"
	"runtime/debug"

	"balai/internal/spine/fault"

	"golang.org/x/sync/errgroup"
)

// heap is how much may be dropped, in percent of what is kept, before the
// collector runs; what is kept is small.
const heap = 400

// Batch makes a few cases, on whichever core has the time.
type Batch func() []Case

// Source hands out batches in order until there is none left.
type Source func(ctx context.Context, emit func(Batch) error) error

// Run replays what the sources hand out on every core, and tells visit each
// change in order. It holds no more than a few batches at a time.
func Run(ctx context.Context, p Pair, sources []Source, visit func(Change) error) error {
	defer debug.SetGCPercent(debug.SetGCPercent(heap)) // most of what is made is dropped at once
	hand := func(ctx context.Context, emit func(Batch) error) error {
		for _, s := range sources {
			if err := s(ctx, emit); err != nil {
				return err
			}
		}
		return nil
	}
	return ordered(ctx, hand, func(b Batch) ([]Change, error) {
		cases := b()
		out := make([]Change, len(cases))
		for i, c := range cases {
			out[i] = p.Compare(c)
		}
		return out, nil
	}, visit)
}

// People reads a few people, on whichever core has the time.
type People func() ([]Person, error)

// Run works everybody out whom source hands out, and counts them.
func (r *Reform) Run(ctx context.Context, source func(ctx context.Context, emit func(People) error) error, visit func()) error {
	defer debug.SetGCPercent(debug.SetGCPercent(heap))
	return ordered(ctx, source, func(read People) ([]Weighed, error) {
		people, err := read()
		if err != nil {
			return nil, err
		}
		out := make([]Weighed, len(people))
		for i, p := range people {
			if out[i], err = r.Weigh(p); err != nil {
				return nil, err
			}
		}
		return out, nil
	}, func(w Weighed) error {
		r.Add(w)
		visit()
		return nil
	})
}

// task is a piece of work on its way; its results come in the order of the
// tasks.
type task[W, R any] struct {
	work W
	out  chan []R
}

// ordered does on every core what hand gives out, and visits the results in
// the order in which it was given out.
func ordered[W, R any](ctx context.Context, hand func(context.Context, func(W) error) error, do func(W) ([]R, error), visit func(R) error) error {
	cores := runtime.GOMAXPROCS(0)
	work, order := make(chan task[W, R]), make(chan task[W, R], 2*cores)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(fault.Guard(func() error {
		defer close(work)
		defer close(order)
		return hand(ctx, func(w W) error {
			t := task[W, R]{w, make(chan []R, 1)}
			if err := send(ctx, order, t); err != nil { // its place, then its worker
				return err
			}
			return send(ctx, work, t)
		})
	}))
	for range cores {
		g.Go(fault.Guard(func() error {
			for t := range work {
				out, err := do(t.work)
				if err != nil {
					return err
				}
				t.out <- out
			}
			return nil
		}))
	}
	g.Go(fault.Guard(func() error {
		for t := range order {
			select {
			case out := <-t.out:
				for _, r := range out {
					if err := visit(r); err != nil {
						return err
					}
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}))
	return g.Wait()
}

func send[T any](ctx context.Context, lane chan T, t T) error {
	select {
	case lane <- t:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
