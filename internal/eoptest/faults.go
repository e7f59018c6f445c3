package eoptest

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Status answers with a status code and a body.
func Status(code int, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
		return true
	}
}

// TooMany answers 429; a negative wait sends no Retry-After.
func TooMany(wait time.Duration) Fault {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		if wait >= 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		}
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
}

// Body answers 200 with a body of a content type.
func Body(contentType, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
		return true
	}
}

// OnEndpoints lets a fault answer the endpoints method only.
func OnEndpoints(f Fault) Fault {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return len(r.URL.Path) > 10 && r.URL.Path[:10] == "/endpoints" && f(w, r)
	}
}

// Times lets a fault answer the first n requests.
func Times(n int32, f Fault) Fault {
	var count atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) bool { return count.Add(1) <= n && f(w, r) }
}

// Hang says nothing until the client goes away.
func Hang() Fault {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return true
	}
}

// Drip sends a byte now and then and never ends.
func Drip() Fault {
	return func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond)
		}
		return true
	}
}

// Cut promises more than it sends.
func Cut(body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+1000))
		_, _ = io.WriteString(w, body)
		return true
	}
}

// Reset drops the connection without an answer.
func Reset() Fault {
	return func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
}

// Huge sends blanks, plain or as a gzip bomb that unpacks to them.
func Huge(bytes int, packed bool) Fault {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		block := make([]byte, 1<<16)
		for i := range block {
			block[i] = ' '
		}
		write := w.Write
		if packed {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close() //nolint:errcheck // a test server
			write = z.Write
		}
		for sent := 0; sent < bytes; sent += len(block) {
			if _, err := write(block); err != nil {
				break
			}
		}
		return true
	}
}

// Redirect sends the client elsewhere.
func Redirect(to string) Fault {
	return func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, to+r.URL.Path, http.StatusFound)
		return true
	}
}

// On lets a fault answer one path only.
func On(path string, f Fault) Fault {
	return func(w http.ResponseWriter, r *http.Request) bool { return r.URL.Path == path && f(w, r) }
}

// From lets a fault answer from the n-th request on, counted from 1.
func From(n int32, f Fault) Fault {
	var count atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) bool { return count.Add(1) >= n && f(w, r) }
}
