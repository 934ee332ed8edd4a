package app

import (
	"fmt"
	"io"
	"os"

	"balai/internal/domain/service/replay"
	"balai/internal/spine/keep"
)

// replayFiles are the files that a replay also writes.
type replayFiles struct{ csv, json, html string }

// replayOut writes them, case by case.
type replayOut struct {
	open  []*os.File
	names []string
	table *replay.Table
	whole *replay.Stream
	page  io.Writer // nil where none is asked for
}

// create opens the files under names of their own, so that what stands there
// is replaced only by what is whole.
func (f replayFiles) create() (*replayOut, error) {
	o := &replayOut{}
	for _, one := range []struct {
		name string
		use  func(io.Writer)
	}{
		{f.csv, func(w io.Writer) { t := replay.NewTable(w); o.table = &t }},
		{f.json, func(w io.Writer) { o.whole = replay.NewStream(w) }},
		{f.html, func(w io.Writer) { o.page = w }},
	} {
		if one.name == "" {
			continue
		}
		file, err := keep.Fresh(one.name)
		if err != nil {
			o.drop()
			return nil, fmt.Errorf("%s cannot be written: %w", one.name, err)
		}
		o.open, o.names = append(o.open, file), append(o.names, one.name)
		one.use(file)
	}
	return o, nil
}

func (o *replayOut) add(c replay.Change) error {
	if o.table != nil {
		if err := o.table.Add(c); err != nil {
			return err
		}
	}
	if o.whole != nil {
		return o.whole.Add(c)
	}
	return nil
}

// end finishes the files and puts them in their places.
func (o *replayOut) end(r *replay.Report, page func(io.Writer) error) error {
	if o.table != nil {
		if o.table.Flush(); o.table.Error() != nil {
			return o.table.Error()
		}
	}
	if o.whole != nil {
		if err := o.whole.End(r); err != nil {
			return err
		}
	}
	if o.page != nil {
		if err := page(o.page); err != nil {
			return err
		}
	}
	for i, file := range o.open {
		if err := file.Close(); err != nil {
			return fmt.Errorf("%s: %w", o.names[i], err)
		}
		if err := os.Rename(file.Name(), o.names[i]); err != nil {
			return err
		}
	}
	o.open = nil
	return nil
}

// drop takes away what was not finished.
func (o *replayOut) drop() {
	for _, file := range o.open {
		_ = file.Close()
		_ = os.Remove(file.Name()) // half a file is of no use
	}
}
