package eoptest

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// SPFRecord is the worldwide record as published copies of 2025 and 2026 have it.
const SPFRecord = "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 ip4:52.103.0.0/17 " +
	"ip4:104.47.0.0/17 ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/49 ip6:2a01:111:f403:8000::/51 " +
	"ip6:2a01:111:f403:c000::/51 ip6:2a01:111:f403:f000::/52 -all"

// DNS is a name server on loopback that answers TXT questions over UDP and TCP.
type DNS struct {
	Address string // host:port

	mu      sync.Mutex
	records map[string][]string
	codes   map[string]int
	silent  bool
	overTCP int
}

// NewDNS starts a name server with TXT records by name. Long ones are cut into strings of
// 255 bytes, and an answer that does not fit into a datagram is truncated.
func NewDNS(t testing.TB, records map[string][]string) *DNS {
	t.Helper()
	packets, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", packets.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	d := &DNS{Address: packets.LocalAddr().String(), records: records, codes: map[string]int{}}
	for _, server := range []*dns.Server{{PacketConn: packets, Handler: d}, {Listener: listener, Handler: d}} {
		ready := make(chan struct{})
		server.NotifyStartedFunc = func() { close(ready) }
		go func() { _ = server.ActivateAndServe() }()
		<-ready
		t.Cleanup(func() { _ = server.Shutdown() })
	}
	return d
}

// Fail lets a name be answered with an error code, such as dns.RcodeServerFailure.
func (d *DNS) Fail(name string, code int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.codes[name] = code
}

// Silence lets the server say nothing from now on.
func (d *DNS) Silence() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.silent = true
}

// OverTCP is how many questions came over TCP.
func (d *DNS) OverTCP() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.overTCP
}

// ServeDNS answers a question.
func (d *DNS) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.silent {
		return
	}
	_, udp := w.RemoteAddr().(*net.UDPAddr)
	if !udp {
		d.overTCP++
	}
	answer := new(dns.Msg)
	answer.SetReply(question)
	name := strings.ToLower(strings.TrimSuffix(question.Question[0].Name, "."))
	texts, known := d.records[name]
	code, fails := d.codes[name]
	switch {
	case fails:
		answer.Rcode = code
	case !known:
		answer.Rcode = dns.RcodeNameError
	case question.Question[0].Qtype == dns.TypeTXT:
		for _, text := range texts {
			header := dns.RR_Header{Name: question.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 60}
			answer.Answer = append(answer.Answer, &dns.TXT{Hdr: header, Txt: inStrings(text)})
		}
	}
	if udp {
		size := uint16(dns.MinMsgSize)
		if edns := question.IsEdns0(); edns != nil {
			size = edns.UDPSize()
		}
		answer.Truncate(int(size))
	}
	_ = w.WriteMsg(answer)
}

// inStrings cuts a text into the strings of one record.
func inStrings(text string) []string {
	var out []string
	for len(text) > 255 {
		out, text = append(out, text[:255]), text[255:]
	}
	return append(out, text)
}
