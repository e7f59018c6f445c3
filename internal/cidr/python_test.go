package cidr

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

type pythonCase struct {
	A     []string `json:"a"`
	B     []string `json:"b"`
	Asked string   `json:"asked"`
}

type pythonAnswer struct {
	Merge     []string    `json:"merge"`
	Union     []string    `json:"union"`
	Subtract  []string    `json:"subtract"`
	Intersect []string    `json:"intersect"`
	Contains  bool        `json:"contains"`
	Overlaps  [][2]string `json:"overlaps"`
	IPv4      string      `json:"ipv4"`
	IPv6      string      `json:"ipv6"`
}

// Ten thousand random cases, answered by Python's ipaddress in one process; it
// reads as many random texts, too.
func TestAgreesWithPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not on PATH; the comparison with its ipaddress module needs it")
	}
	const n = 10_000
	random := rand.New(rand.NewPCG(3, 4))
	cases, texts := make([]pythonCase, n), make([]string, n)
	for i := range n {
		cases[i] = pythonCase{A: randomList(random), B: randomList(random), Asked: nearby(random).String()}
		texts[i] = randomText(random)
	}
	input, err := json.Marshal(map[string]any{"cases": cases, "texts": texts})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/reference.py")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Version, Netaddr string
		Answers          []pythonAnswer
		Texts            []*string
	}
	if err := json.Unmarshal(output, &reference); err != nil || len(reference.Answers) != n || len(reference.Texts) != n {
		t.Fatalf("%d answers, %d texts, %v", len(reference.Answers), len(reference.Texts), err)
	}
	t.Logf("Python %s, netaddr %q", reference.Version, reference.Netaddr)
	for i, c := range cases {
		if got := ourAnswer(t, c); !reflect.DeepEqual(got, reference.Answers[i]) {
			t.Fatalf("case %d, %+v:\n%+v, Python says\n%+v", i, c, got, reference.Answers[i])
		}
	}
	compareTexts(t, texts, reference.Texts)
}

func ourAnswer(t *testing.T, c pythonCase) pythonAnswer {
	t.Helper()
	a, b, asked := mustParse(t, c.A...), mustParse(t, c.B...), mustParse(t, c.Asked)[0]
	count := CountOf(a)
	out := pythonAnswer{
		Merge:     Strings(Merge(a)),
		Union:     Strings(Merge(append(mustParse(t, c.A...), b...))),
		Subtract:  Strings(Subtract(a, b)),
		Intersect: Strings(Intersect(a, b)),
		Contains:  Contains(a, asked),
		Overlaps:  [][2]string{},
		IPv4:      count.IPv4.String(),
		IPv6:      count.IPv6.String(),
	}
	pairs, _ := Overlaps(a, 1000)
	for _, p := range pairs {
		out.Overlaps = append(out.Overlaps, [2]string{p.A.String(), p.B.String()})
	}
	return out
}

// compareTexts requires that both read a text alike. Python alone reads what a
// firewall's author should not write, each kind for its own reason.
func compareTexts(t *testing.T, texts []string, python []*string) {
	t.Helper()
	read := 0
	for i, text := range texts {
		p, err := Parse(text)
		_, length, _ := strings.Cut(text, "/")
		stricter := err != nil && (strings.Contains(length, ".") || // a netmask for a length
			len(length) > 1 && length[0] == '0' || // leading zeros in the length
			strings.Contains(text, "%") || // a zone
			strings.Contains(err.Error(), "IPv4-mapped"))
		switch {
		case err == nil && (python[i] == nil || *python[i] != p.String()):
			t.Errorf("%q is read as %v, Python says %v", text, p, python[i])
		case err != nil && python[i] != nil && !stricter:
			t.Errorf("%q is refused (%v), Python reads %s", text, err, *python[i])
		case err == nil:
			read++
		}
	}
	if read < len(texts)/10 {
		t.Errorf("only %d of %d texts could be read; the comparison shows nothing", read, len(texts))
	}
}

// nearby makes prefixes of every length that often meet: the address has few
// bits set, in the places where lengths end.
func nearby(random *rand.Rand) netip.Prefix {
	raw := make([]byte, []int{4, 4, 16}[random.IntN(3)])
	for range random.IntN(4) {
		raw[random.IntN(len(raw))] |= 1 << random.IntN(8)
	}
	addr, _ := netip.AddrFromSlice(raw)
	if addr.Is4In6() {
		return nearby(random)
	}
	shortest := 0
	if random.IntN(20) > 0 {
		shortest = addr.BitLen() * 5 / 8 // or everything would be in every list
	}
	p, _ := addr.Prefix(shortest + random.IntN(addr.BitLen()-shortest+1))
	return p
}

func randomList(random *rand.Rand) []string {
	out := make([]string, random.IntN(6))
	for i := range out {
		out[i] = nearby(random).String()
	}
	return out
}

// randomText is a prefix with some characters changed.
func randomText(random *rand.Rand) string {
	const characters = "0123456789abcdefABCDEF.:/% -"
	text := []byte(nearby(random).String())
	if random.IntN(3) == 0 {
		text, _, _ = bytes.Cut(text, []byte("/"))
	}
	for range random.IntN(4) {
		i, c := random.IntN(len(text)), characters[random.IntN(len(characters))]
		switch random.IntN(3) {
		case 0:
			text[i] = c
		case 1:
			text = append(text[:i], append([]byte{c}, text[i:]...)...)
		default:
			text = append(text[:i], text[min(i+1, len(text)):]...)
			text = append(text, c)
		}
	}
	return string(text)
}
