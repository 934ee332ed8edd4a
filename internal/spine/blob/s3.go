package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"balai/internal/spine/fault"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Bucket is where an S3 store keeps its blobs. Several halls' processes may
// share one: a blob is named by its content, so two never differ.
type Bucket struct {
	Endpoint    string // "https://s3.example"; plain http on loopback only
	Name        string
	Prefix      string // before every object's name, without slashes at its ends
	Region      string // "" asks the server
	Key, Secret string
}

// ParseBucket reads "https://HOST/BUCKET[/PREFIX]"; region, key and secret are
// settings of their own.
func ParseBucket(text string) (Bucket, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return Bucket{}, errors.New("blob: a bucket is written https://HOST/BUCKET, with a /PREFIX where it holds other things too")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return Bucket{}, errors.New("blob: a bucket on another machine is written https://, since people's papers go there")
	}
	name, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if name == "" {
		return Bucket{}, errors.New("blob: the bucket's name is missing after the host")
	}
	return Bucket{Endpoint: u.Scheme + "://" + u.Host, Name: name, Prefix: strings.Trim(prefix, "/")}, nil
}

func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// s3Patience is how long one call to the bucket may take.
const s3Patience = 30 * time.Second

// S3 is a Store in a bucket, which has to be there.
func S3(ctx context.Context, b Bucket) (Store, error) {
	u, err := url.Parse(b.Endpoint)
	if err != nil {
		return nil, err
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(b.Key, b.Secret, ""), Secure: u.Scheme == "https",
		Region: b.Region, MaxRetries: 3, BucketLookup: minio.BucketLookupPath})
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	s := s3{client, b}
	ctx, stop := context.WithTimeout(ctx, s3Patience)
	defer stop()
	found, err := client.BucketExists(ctx, b.Name)
	if err != nil {
		return nil, fmt.Errorf("blob: the bucket %s at %s does not answer: %w", b.Name, b.Endpoint, err)
	}
	if !found {
		return nil, fmt.Errorf("blob: there is no bucket %s at %s: make it, for this hall alone", b.Name, b.Endpoint)
	}
	return s, nil
}

type s3 struct {
	client *minio.Client
	bucket Bucket
}

func (s s3) name(sha string) string {
	name := sha[:2] + "/" + sha
	if s.bucket.Prefix != "" {
		name = s.bucket.Prefix + "/" + name
	}
	return name
}

// Put sends the bytes with their checksum, so that what arrives changed is
// refused. What is there whole is not sent again.
func (s s3) Put(ctx context.Context, data []byte) (string, error) {
	sum := sha256.Sum256(data)
	sha := hex.EncodeToString(sum[:])
	ctx, stop := context.WithTimeout(ctx, s3Patience)
	defer stop()
	if old, err := s.Get(ctx, sha); err == nil && len(old) == len(data) {
		return sha, nil
	} // absent, or damaged and thereby mended
	// Content-MD5 lets the server refuse what arrives changed; signing a hash of
	// the body as well would read it once more.
	_, err := s.client.PutObject(ctx, s.bucket.Name, s.name(sha), bytes.NewReader(data), int64(len(data)),
		minio.PutObjectOptions{ContentType: "application/octet-stream", SendContentMd5: true, DisableContentSha256: true, DisableMultipart: true})
	if err != nil {
		return "", fault.New(fault.Busy, "blob.away").Wrap(fmt.Errorf("blob: put: %w", err))
	}
	return sha, nil
}

// Get reads a blob and checks that it still is what its name says.
func (s s3) Get(ctx context.Context, sha string) ([]byte, error) {
	if !isHash(sha) {
		return nil, fault.New(fault.Missing, "blob.missing")
	}
	ctx, stop := context.WithTimeout(ctx, s3Patience)
	defer stop()
	object, err := s.client.GetObject(ctx, s.bucket.Name, s.name(sha), minio.GetObjectOptions{})
	if err != nil {
		return nil, s.failed(err)
	}
	defer object.Close()
	data, err := io.ReadAll(object)
	if err != nil {
		return nil, s.failed(err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != sha {
		return nil, fault.New(fault.Internal, "blob.damaged").Wrap(fmt.Errorf("blob: %s is not what its name says", s.name(sha)))
	}
	return data, nil
}

func (s s3) failed(err error) error {
	if r := minio.ToErrorResponse(err); r.Code == "NoSuchKey" || r.StatusCode == http.StatusNotFound {
		return fault.New(fault.Missing, "blob.missing").Wrap(err)
	}
	return fault.New(fault.Busy, "blob.away").Wrap(fmt.Errorf("blob: get: %w", err))
}
