package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

// allowed bounds the questions of one answer together.
func (c *Catalog) allowed(ctx context.Context) (context.Context, context.CancelFunc) {
	budget := c.options.Mode.Budget()
	return context.WithTimeoutCause(ctx, budget, fmt.Errorf("no answer within the %s allowed", budget))
}

// ask puts a question to the service within the time allowed. A service that could not
// be reached, or answered 429, is not asked again in this process. After a 429 the other
// processes that share the cache do not ask it either.
func ask[T any](ctx context.Context, c *Catalog, question func(context.Context) (T, error)) (answer T, err error) {
	if err := c.mayAsk(); err != nil {
		return answer, err
	}
	answer, err = question(ctx)
	var tooMany *webservice.TooManyError
	var failure *webservice.Error
	switch {
	case errors.As(err, &tooMany):
		if c.options.Cache != nil {
			_ = c.options.Cache.Pause(c.options.Now().Add(tooMany.Wait)) // without it, this process alone waits
		}
		c.giveUp(err)
	case errors.As(err, &failure) && !failure.Answered && !errors.Is(context.Cause(ctx), context.Canceled):
		c.giveUp(err)
	}
	return answer, err
}

func (c *Catalog) giveUp(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = err
}

// mayAsk is the reason not to ask.
func (c *Catalog) mayAsk() error {
	c.mu.Lock()
	down := c.down
	c.mu.Unlock()
	if down != nil || c.options.Cache == nil {
		return down
	}
	now, until := c.options.Now(), c.options.Cache.PausedUntil()
	if now.Before(until) && until.Sub(now) <= time.Hour {
		return &PausedError{URL: c.options.Service.URL(), Until: until}
	}
	return nil
}
