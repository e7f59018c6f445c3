package webservice

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// ProxyFromEnvironment reads HTTPS_PROXY and NO_PROXY now, because the standard
// library keeps the first values it saw for the whole process. A variable that is
// not the address of a proxy is an error for the URLs it would be used for; its
// text names the variable and not its value, which may hold a password.
func ProxyFromEnvironment() func(*url.URL) (*url.URL, error) {
	config := httpproxy.FromEnvironment()
	if isProxy(config.HTTPSProxy) {
		return config.ProxyFunc()
	}
	name := "https_proxy"
	if os.Getenv("HTTPS_PROXY") != "" {
		name = "HTTPS_PROXY"
	}
	config.HTTPSProxy = "http://proxy.invalid" // shows which URLs the variable is for
	choose := config.ProxyFunc()
	return func(u *url.URL) (*url.URL, error) {
		proxy, err := choose(u)
		if u.Scheme != "https" || proxy == nil {
			return proxy, err
		}
		return nil, finalError{
			fmt.Errorf("the environment variable %s is not the address of a proxy, such as http://proxy.example:8080", name),
		}
	}
}

var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// isProxy accepts what the HTTP client can use: an address with a scheme it knows, or
// host:port. Empty means no proxy.
func isProxy(address string) bool {
	if address == "" {
		return true
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && slices.Contains(proxySchemes, u.Scheme)
}
