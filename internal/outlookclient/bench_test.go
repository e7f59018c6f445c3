package outlookclient

import (
	"fmt"
	"testing"
)

// benchBytes is what a benchmark reads: large against the users, small enough for a round.
const benchBytes = 64 << 20

// BenchmarkOutlookLogs reads logs of 10,000 users with 20 versions.
func BenchmarkOutlookLogs(b *testing.B) {
	const users, versions, distinctLines = 10_000, 20, 1 << 14
	version := func(i int) string { return fmt.Sprintf("16.0.17932.%d", 20000+i%versions) }
	agent := func(i int) string {
		return fmt.Sprintf("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.%d; Pro)", 17900+i%versions)
	}
	activity := "activity-context-data=S:ActivityStandardMetadata.Component=RCA/Mailbox;S:WLM.BT=Rca;" +
		"S:ActivityStandardMetadata.Protocol=RPC/MapiHttp;S:ActivityStandardMetadata.ClientInfo=OUTLOOK.EXE;" +
		"I32:ADS.C[DC1]=1;F:ADS.AL[DC1]=1.2;I32:RPC.C[]=3;Dbl:RPC.T[]=3;I32:ROP.C[]=3053446;I32:MAPI.C[]=9;Dbl:EXR.T[]=1"
	for _, kind := range []struct {
		name, head string
		line       func(i int) string
	}{
		{"rca", head("RCA Protocol Logs", rca2013), func(i int) string {
			return rca("08:00:00", fmt.Sprintf("user%d", i%users), version(i), activity)
		}},
		{"httpproxy", head("HttpProxy Logs", httpProxy), func(i int) string {
			return proxy("08:00:00", fmt.Sprintf(`FABRIKAM\user%d`, i%users), agent(i), "200")
		}},
		{"iis", "#Fields: " + iis + "\r\n", func(i int) string {
			return web("08:00:00", fmt.Sprintf(`FABRIKAM\user%d`, i%users), agent(i), "200")
		}},
	} {
		lines := make([]string, distinctLines)
		total := 0
		for i := range lines {
			lines[i] = kind.line(i * 7919)
			total += len(lines[i])
		}
		n := benchBytes / (total / distinctLines)
		b.Run(kind.name, func(b *testing.B) {
			b.SetBytes(benchBytes)
			for b.Loop() {
				log := &generated{head: kind.head, lines: n, line: func(buf []byte, i int) []byte {
					return append(buf, lines[i%distinctLines]...)
				}}
				c := NewCollector(Options{})
				if err := c.Read(b.Context(), "log", log); err != nil {
					b.Fatal(err)
				}
				got := c.Report().Summary
				if got.DistinctUsers < users/2 {
					b.Fatalf("too few users: %+v", got)
				}
				if got.Counted == 0 || got.Unreadable > 0 {
					b.Fatalf("not what was meant to be read: %+v", got)
				}
			}
		})
	}
}
