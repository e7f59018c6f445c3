package spf

import (
	"context"
	"errors"
	"net"
)

// ResolverAt asks one name server, at host:port. Without an address it is the system's
// resolver.
func ResolverAt(address string) Resolver {
	if address == "" {
		return net.DefaultResolver
	}
	return server(address)
}

type server string

// LookupTXT names the server that was asked in its errors; net.Resolver would name one of
// the system's configuration.
func (s server) LookupTXT(ctx context.Context, name string) ([]string, error) {
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, string(s))
	}}
	texts, err := resolver.LookupTXT(ctx, name)
	var failure *net.DNSError
	if errors.As(err, &failure) {
		failure.Server = string(s)
	}
	return texts, err
}
