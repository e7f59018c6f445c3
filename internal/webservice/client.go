// Package webservice is a client of the Office 365 IP address and URL web
// service, and of any mirror with the same paths, a static web server included.
//
// Bodies are bounded, status and content type are checked, redirects stay on their
// host, and an answer is returned only when all of it could be decoded. All attempts
// of a call end within the deadline of its context.
package webservice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// DefaultURL is Microsoft's service.
const DefaultURL = "https://endpoints.office.com"

// maxBody bounds an answer: the largest real one is 58 KB, all change records
// since 2018 some hundred KB.
const maxBody = 8 << 20

// Options configure a client.
type Options struct {
	BaseURL         *url.URL // see [ParseURL]
	ClientRequestID func() string
	AttemptTimeout  time.Duration // for one attempt, its body included
	CABundle        string        // PEM file with further roots; empty: the system's alone
	Proxy           func(*url.URL) (*url.URL, error)
	UserAgent       string
	Log             *slog.Logger // nil: none
}

// Client asks one service.
type Client struct {
	options Options
	http    func() (*retryablehttp.Client, error)
}

// New makes a client without touching the network or the disk.
func New(options Options) *Client {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	c := &Client{options: options}
	c.http = sync.OnceValues(c.connect)
	return c
}

// ParseURL accepts the address of a service: https, or http on loopback, with
// an optional path and nothing else.
func ParseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, fmt.Errorf("%q is not the address of a service, such as %s", s, DefaultURL)
	}
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return nil, fmt.Errorf(
			"%q is not https; the list decides who may pass the firewall, so http is accepted for loopback addresses only",
			s,
		)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, fmt.Errorf("%q has a query, fragment or user name; give scheme, host and path only", s)
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// URL is the service's address.
func (c *Client) URL() string { return c.options.BaseURL.String() }

// Latest asks for the newest version of an instance.
func (c *Client) Latest(ctx context.Context, instance endpoints.Instance) (endpoints.Version, error) {
	var out endpoints.Published
	err := c.get(ctx, "/version/"+string(instance), nil, func(body []byte) (err error) {
		out, err = endpoints.DecodeVersion(body, instance)
		return err
	})
	return out.Latest, err
}

// Versions asks for every version the service remembers, oldest first.
func (c *Client) Versions(ctx context.Context, instance endpoints.Instance) ([]endpoints.Version, error) {
	var out endpoints.Published
	err := c.get(ctx, "/version", url.Values{"allversions": {"true"}}, func(body []byte) (err error) {
		out, err = endpoints.DecodeVersion(body, instance)
		return err
	})
	return out.Versions, err
}

// Endpoints asks for the newest list. The answer carries no version.
func (c *Client) Endpoints(ctx context.Context, instance endpoints.Instance) ([]endpoints.Set, error) {
	var out []endpoints.Set
	err := c.get(ctx, "/endpoints/"+string(instance), nil, func(body []byte) (err error) {
		out, err = endpoints.DecodeSets(body)
		return err
	})
	return out, err
}

// Changes asks for the change records after a version.
func (c *Client) Changes(
	ctx context.Context,
	instance endpoints.Instance,
	since endpoints.Version,
) ([]endpoints.Change, error) {
	var out []endpoints.Change
	err := c.get(ctx, "/changes/"+string(instance)+"/"+since.String(), nil, func(body []byte) (err error) {
		out, err = endpoints.DecodeChanges(body)
		return err
	})
	return out, err
}

// Error says what was asked and what came back.
type Error struct {
	URL      string // without the client request id
	Attempts int
	Answered bool // an answer came, though not a usable one
	Err      error
}

func (e *Error) Error() string {
	tries := ""
	if e.Attempts > 1 {
		tries = fmt.Sprintf(" (%d attempts)", e.Attempts)
	}
	return fmt.Sprintf("%s%s: %v", e.URL, tries, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// get asks for a path and hands a sound body to decode.
func (c *Client) get(ctx context.Context, path string, query url.Values, decode func([]byte) error) error {
	u := *c.options.BaseURL
	u.Path += path
	shown := u.String()
	var calls attempts
	fail := func(err error) error { return &Error{shown, calls.made, calls.answered, err} }

	client, err := c.http()
	if err != nil {
		return fail(err)
	}
	if query == nil {
		query = url.Values{}
	}
	query.Set("clientrequestid", c.options.ClientRequestID())
	u.RawQuery = query.Encode()
	req, err := retryablehttp.NewRequestWithContext(
		context.WithValue(ctx, attemptsKey{}, &calls),
		http.MethodGet,
		u.String(),
		nil,
	)
	if err != nil {
		return fail(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Cache-Control", "no-cache") // a proxy on the way may hold an older list
	req.Header.Set("User-Agent", c.options.UserAgent)
	resp, err := client.Do(req)
	if err != nil {
		err = plain(ctx, err)
		c.options.Log.DebugContext(ctx, "request failed", "url", shown, "attempts", calls.made, "error", err.Error())
		return fail(err)
	}
	c.options.Log.DebugContext(ctx, "request answered", "url", shown, "attempts", calls.made, "status", resp.Status)
	body, err := bodyOf(resp)
	if err != nil {
		return fail(err)
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		return &TooManyError{Err: fail(statusError(resp, body)), Wait: pause(resp)}
	}
	if err := checkAnswer(resp, body); err != nil {
		return fail(err)
	}
	if err := decode(body); err != nil {
		return fail(err)
	}
	return nil
}

// bodyOf is the whole body, which the transport already holds.
func bodyOf(resp *http.Response) ([]byte, error) {
	if held, ok := resp.Body.(*heldBody); ok {
		return held.data, nil
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	return readBody(resp)
}

// TooManyError says that the service wants to be left alone for a time.
type TooManyError struct {
	Err  error // an *[Error]
	Wait time.Duration
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("%v. The service is not asked again for %s", e.Err, e.Wait)
}

func (e *TooManyError) Unwrap() error { return e.Err }

// longestPause is Microsoft's own advice after a 429, and the longest Retry-After that is used.
const longestPause = time.Hour

// pause is how long the service wants to be left alone.
func pause(resp *http.Response) time.Duration {
	if wait, asked := retryAfter(resp); asked {
		return min(wait, longestPause)
	}
	return longestPause
}

// checkAnswer refuses what is not a sound answer. A static mirror knows no
// content type for a path without ending, so the general ones pass.
func checkAnswer(resp *http.Response, body []byte) error {
	if resp.StatusCode != http.StatusOK {
		return statusError(resp, body)
	}
	declared := resp.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(declared)
	switch {
	case declared == "", err == nil && slices.Contains(jsonTypes, media):
		return nil
	}
	return fmt.Errorf(
		"the answer has the content type %q, not JSON; a proxy or captive portal answers like this",
		declared,
	)
}

var jsonTypes = []string{"application/json", "text/json", "text/plain", "application/octet-stream"}

func statusError(resp *http.Response, body []byte) error {
	text := strings.Join(strings.Fields(string(body[:min(len(body), 200)])), " ")
	if strings.HasPrefix(text, "<") {
		text = "a web page"
	}
	if text != "" {
		text = ": " + strings.ToValidUTF8(text, "")
	}
	return fmt.Errorf("the answer is %s%s", resp.Status, text)
}

// plain shortens what the HTTP packages wrap around a failure, and drops the
// URL they repeat, which has the client request id in it.
func plain(ctx context.Context, err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("no answer within the time allowed (%w)", err)
	}
	return err
}

// connect makes the HTTP client on first use: the CA bundle is read then.
func (c *Client) connect() (*retryablehttp.Client, error) {
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:             func(r *http.Request) (*url.URL, error) { return c.options.Proxy(r.URL) },
		TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
		MaxIdleConns:      2,
		IdleConnTimeout:   10 * time.Second,
	}
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.HTTPClient = &http.Client{
		Transport:     &wholeBody{transport, c.options.AttemptTimeout},
		CheckRedirect: checkRedirect,
	}
	client.RetryMax = maxAttempts - 1
	client.CheckRetry = checkRetry
	client.Backoff = backoff
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return client, nil
}

func (c *Client) roots() (*x509.CertPool, error) {
	if c.options.CABundle == "" {
		return nil, nil //nolint:nilnil // no pool means the system's
	}
	pem, err := os.ReadFile(c.options.CABundle)
	if err != nil {
		return nil, fmt.Errorf("the CA bundle cannot be read: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the CA bundle %s has no certificate in PEM form", c.options.CABundle)
	}
	return pool, nil
}
