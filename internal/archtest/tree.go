package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// File is one hand-written or generated Go file of the tree.
type File struct {
	Path string // slash separated, from the tree's root
	Pkg  string // its folder
	Test bool
	AST  *ast.File
	Fset *token.FileSet
	Text string
}

// Pos names a node's place for a reader: file and line.
func (f *File) Pos(n ast.Node) string {
	p := f.Fset.Position(n.Pos())
	return f.Path + ":" + strconv.Itoa(p.Line)
}

// Tree is what the rules look at.
type Tree struct {
	Root  string
	Go    []*File
	Other map[string]string // the text files that are not Go, by path
}

// ignored are folders that are fetched or built, never committed.
var ignored = map[string]bool{".git": true, ".build": true, ".balai": true, "bin": true, "node_modules": true, "dist": true}

// textual are the kinds of file whose words a reader may find machine paths in.
var textual = map[string]bool{
	".md": true, ".yaml": true, ".yml": true, ".sql": true, ".templ": true, ".cedar": true, ".css": true,
	".js": true, ".mjs": true, ".json": true, ".mk": true, ".txt": true, ".txtar": true, ".sh": true, ".csv": true, "": true,
}

// Load reads the tree under root; a nested module (tools) is not part of it.
func Load(root string) (*Tree, error) {
	t := &Tree{Root: root, Other: map[string]string{}}
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if ignored[d.Name()] && rel != "." {
				return fs.SkipDir
			}
			return nil
		}
		ext := filepath.Ext(rel)
		if ext != ".go" && !textual[ext] || d.Type()&fs.ModeSymlink != 0 {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if ext != ".go" {
			t.Other[rel] = string(text)
			return nil
		}
		file, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		t.Go = append(t.Go, &File{
			Path: rel, Pkg: filepath.ToSlash(filepath.Dir(rel)), Test: strings.HasSuffix(rel, "_test.go"),
			AST: file, Fset: fset, Text: string(text),
		})
		return nil
	})
	return t, err
}

// imports are the file's imports, unquoted.
func (f *File) imports() []string {
	var out []string
	for _, s := range f.AST.Imports {
		out = append(out, strings.Trim(s.Path.Value, `"`))
	}
	return out
}
