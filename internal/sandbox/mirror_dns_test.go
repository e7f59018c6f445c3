//go:build mirror

package sandbox_test

import (
	"net"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// A real name server answers the SPF record, in two strings, to examples/two-publications.
func TestMirrorDNS(t *testing.T) {
	dnsmasq := program(t, "dnsmasq", "dnsmasq-base")
	port := freePort(t)
	record := eoptest.SPFRecord
	run(t, dnsmasq, "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--port="+port,
		"--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=",
		"--txt-record=spf.protection.outlook.com,"+record[:200]+","+record[200:])
	await(t, port)
	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, cli := range clis {
		t.Run(cli.Name, func(t *testing.T) {
			s := open(t, cli, root+"/examples/two-publications")
			s.Env = append(s.Env, "TF_VAR_resolver="+net.JoinHostPort("127.0.0.1", port))
			must(t, s, 0, "init")
			must(t, s, 0, "apply", "-auto-approve")
			if got := must(t, s, 0, "output", "unconfirmed"); !strings.Contains(got, "52.103.128.0/17") {
				t.Errorf("unconfirmed %s", got)
			}
		})
	}
}
