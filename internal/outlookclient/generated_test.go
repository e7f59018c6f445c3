package outlookclient

import "io"

var rcaLine = []byte(rca("08:00:00", "ann", "16.0.17932.20742", "user-email=ann@fabrikam.example",
	"activity-context-data=S:ActivityStandardMetadata.Component=RCA/Mailbox;S:WLM.BT=Rca;I32:RPC.C[]=3"))

// generated is a log that is made while it is read.
type generated struct {
	head    string
	lines   int
	line    func(buf []byte, i int) []byte
	next    int
	pending []byte
	buffer  []byte
}

func (g *generated) Read(p []byte) (int, error) {
	if len(g.pending) == 0 {
		if g.next == g.lines {
			return 0, io.EOF
		}
		g.buffer = g.buffer[:0]
		if g.next == 0 {
			g.buffer = append(g.buffer, g.head...)
		}
		for len(g.buffer) < 1<<16 && g.next < g.lines {
			g.buffer = g.line(g.buffer, g.next)
			g.next++
		}
		g.pending = g.buffer
	}
	n := copy(p, g.pending)
	g.pending = g.pending[n:]
	return n, nil
}
