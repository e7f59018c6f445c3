package webservice

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// maxAttempts and the waits keep a refused connection or a missing name to some
// two seconds: more attempts rarely help, and a plan waits for them.
const (
	maxAttempts = 4
	firstWait   = 250 * time.Millisecond
	longestWait = 5 * time.Second
)

// attempts counts what a call did; attemptsKey finds it in the call's context.
type (
	attempts struct {
		made     int
		answered bool
	}
	attemptsKey struct{}
)

// finalError is a failure that another attempt would only repeat.
type finalError struct{ error }

// wholeBody is a transport that ends an attempt only when its body is there,
// whole and within bounds, so that a cut or slow body is tried again like any
// other failure of the connection.
type wholeBody struct {
	next    http.RoundTripper
	timeout time.Duration
}

func (t *wholeBody) RoundTrip(req *http.Request) (*http.Response, error) {
	calls, counted := req.Context().Value(attemptsKey{}).(*attempts)
	if counted && req.Response == nil { // a redirect is not another attempt
		calls.made++
	}
	ctx, cancel := context.WithTimeoutCause(req.Context(), t.timeout, fmt.Errorf("no whole answer within %s", t.timeout))
	defer cancel()
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, cause(ctx, err)
	}
	body, err := readBody(resp)
	_ = resp.Body.Close()
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), cause(ctx, err))
	case len(body) > maxBody:
		return nil, finalError{fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)}
	}
	if counted {
		calls.answered = true // only a whole answer shows that asking again is worth the time
	}
	resp.Body = &heldBody{bytes.NewReader(body), body}
	resp.ContentLength = int64(len(body))
	return resp, nil
}

// heldBody is a body in memory: whoever needs it whole takes it without a copy.
type heldBody struct {
	*bytes.Reader
	data []byte
}

func (*heldBody) Close() error { return nil }

// readBody reads at most one byte more than is allowed.
func readBody(resp *http.Response) ([]byte, error) {
	var b bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= maxBody {
		b.Grow(int(n) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	return b.Bytes(), err
}

// cause is the reason that the context gives, instead of "deadline exceeded".
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil && !errors.Is(c, context.Canceled) {
		return c
	}
	return err
}

// checkRedirect keeps redirects on their host and scheme.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case req.URL.Host != first.Host || req.URL.Scheme != first.Scheme:
		return finalError{fmt.Errorf("it redirects to %s://%s, and only the same host over the same scheme is followed; "+
			"a captive portal answers like this", req.URL.Scheme, req.URL.Host)}
	case len(via) > 3:
		return finalError{errors.New("it redirects in a circle")}
	}
	return nil
}

// checkRetry tries again after connection errors and server errors, while the
// context lasts.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		if err == nil {
			err = context.Cause(ctx)
		}
		return false, err
	}
	if err != nil {
		return !isFinal(err), nil
	}
	if resp.StatusCode < http.StatusInternalServerError || resp.StatusCode == http.StatusNotImplemented {
		return false, nil // 429 too: the service asks for time, and gets it
	}
	wait, asked := retryAfter(resp)
	if deadline, ok := ctx.Deadline(); asked && ok && time.Now().Add(wait).After(deadline) {
		left := time.Until(deadline).Round(time.Second)
		return false, fmt.Errorf("the answer is %s with Retry-After %s, longer than the %s left", resp.Status, wait, left)
	}
	return true, nil
}

// isFinal reports failures that another attempt would not change: certificates,
// refused redirects, oversized answers.
func isFinal(err error) bool {
	var (
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		notTLS   tls.RecordHeaderError
		finalErr finalError
	)
	return errors.As(err, &unknown) || errors.As(err, &name) || errors.As(err, &invalid) ||
		errors.As(err, &verify) || errors.As(err, &notTLS) || errors.As(err, &finalErr)
}

// backoff doubles with jitter, unless the server said how long.
func backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if wait, asked := retryAfter(resp); asked {
			return wait
		}
	}
	wait := min(firstWait<<attempt, longestWait)
	return wait/2 + rand.N(wait/2)
}

// retryAfter reads the header in either of its forms.
func retryAfter(resp *http.Response) (time.Duration, bool) {
	h := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(h, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(h); err == nil {
		return max(0, time.Until(at).Round(time.Second)), true
	}
	return 0, false
}
