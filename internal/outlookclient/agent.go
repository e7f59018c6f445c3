package outlookclient

import "bytes"

// clientKind is a kind of program.
type clientKind int

const (
	clientOther   clientKind = iota
	clientOutlook            // classic Outlook for Windows
	clientMac
	clientMobile
	clientProbe     // Managed Availability and the monitoring of others
	clientWinRM     // remote PowerShell
	clientNoVersion // Outlook, or what may be Outlook, without a version
	clientNone      // nothing is named
)

var outlookName = []byte("outlook.exe")

// classifySoftware tells a program by the name that MAPI clients give.
func classifySoftware(name []byte) clientKind {
	switch {
	case bytes.EqualFold(name, outlookName):
		return clientOutlook
	case len(name) == 0:
		return clientNone
	}
	return classifyMonitor(name)
}

func classifyMonitor(name []byte) clientKind {
	switch {
	case foldContains(name, "mapihttpclient"), foldContains(name, "amprobe"), foldContains(name, "_am_probe"),
		foldContains(name, "activemonitoring"), foldContains(name, "monitoringwebclient"):
		return clientProbe
	case foldContains(name, "microsoft winrm client"):
		return clientWinRM
	}
	return clientOther
}

// classifyAgent tells a program and its version by an HTTP user agent:
//
//	Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)
//	Microsoft Office/16.0 (Windows NT 10.0; MAPI 16.0.17928; Pro)
//	Mozilla/4.0 (compatible; MSIE 7.0; ...; Microsoft Outlook 14.0.7155; ms-office; MSOffice 14)
//	Outlook/16.0 (16.0.17932.20884; C2R; x64)
//	MacOutlook/16.53.21091200 (...)
//	Outlook-iOS-Android/1.0
//
// MAPI is a part of Outlook and has its build. Outlook Anywhere sends MSRPC and no version.
func classifyAgent(agent []byte) (clientKind, []byte) {
	if len(agent) == 0 {
		return clientNone, nil
	}
	if kind := classifyMonitor(agent); kind != clientOther {
		return kind, nil
	}
	switch {
	case foldPrefix(agent, "outlook-ios"), foldPrefix(agent, "outlook-android"):
		return clientMobile, nil
	case foldPrefix(agent, "macoutlook/"):
		return clientMac, numbers(agent[len("macoutlook/"):])
	case bytes.EqualFold(agent, []byte("msrpc")):
		return clientNoVersion, nil
	}
	named := clientOther
	for _, before := range beforeBuild {
		if at := foldIndex(agent, before); at >= 0 {
			named = clientNoVersion
			if v := numbers(agent[at+len(before):]); len(v) > 0 {
				return clientOutlook, v
			}
		}
	}
	return named, nil
}

// beforeBuild is what stands before the build in the agents of Outlook for Windows.
var beforeBuild = []string{"microsoft outlook ", "; mapi ", "outlook/16.0 (", "outlook/15.0 ("}

// numbers is the start of the text as far as it has digits and dots.
func numbers(text []byte) []byte {
	end := 0
	for end < len(text) && (text[end] == '.' || text[end] >= '0' && text[end] <= '9') {
		end++
	}
	return text[:end]
}

// foldIndex is bytes.Index without regard to the case of ASCII letters; the
// pattern is in small letters.
func foldIndex(text []byte, pattern string) int {
	first := pattern[0]
	for i := 0; i+len(pattern) <= len(text); i++ {
		if lower(text[i]) == first && foldPrefix(text[i:], pattern) {
			return i
		}
	}
	return -1
}

func foldContains(text []byte, pattern string) bool { return foldIndex(text, pattern) >= 0 }

func foldPrefix(text []byte, pattern string) bool {
	if len(text) < len(pattern) {
		return false
	}
	for i := range len(pattern) {
		if lower(text[i]) != pattern[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
