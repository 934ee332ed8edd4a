package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// peerTokens measures npm's oidc-provider on the same tokens. It keeps them in
// memory and runs on one core, as it comes.
func (b bench) peerTokens(ctx context.Context, limit rates) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	issuer := "http://" + hostOf(address)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	p, err := newProgram("bench", issuer, address, "", key, "k1")
	if err != nil {
		return err
	}
	public, err := json.Marshal(jose.JSONWebKey{Key: &key.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"})
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "node", filepath.Join(b.peer, "serve.mjs"), address, issuer, string(public))
	cmd.Env = append(os.Environ(), "NODE_ENV=production")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	lines, version := bufio.NewScanner(out), ""
	for version == "" && lines.Scan() {
		version, _ = strings.CutPrefix(lines.Text(), "ready ")
	}
	if version == "" {
		return errors.New("it stopped before it was ready")
	}
	go io.Copy(io.Discard, out)
	do, err := p.tokens(b.stock(limit.of(works[0])))
	if err != nil {
		return err
	}
	race(crowd, b.warm(), do)
	for _, n := range crowds {
		b.identityRow(works[0], fmt.Sprintf("oidc-provider %s, in memory", version), n, race(n, b.d, do), resident(cmd.Process.Pid), limit)
	}
	return nil
}
