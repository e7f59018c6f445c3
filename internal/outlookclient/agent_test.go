package outlookclient

import "testing"

func TestClassifyAgent(t *testing.T) {
	for _, row := range []struct {
		name, agent string
		kind        clientKind
		version     string
	}{
		{
			"Outlook", "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)", clientOutlook,
			"16.0.17928",
		},
		{
			"Outlook without edition", "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17126)", clientOutlook,
			"16.0.17126",
		},
		{"its MAPI", "Microsoft Office/16.0 (Windows NT 10.0; MAPI 16.0.15928; Pro)", clientOutlook, "16.0.15928"},
		{
			"its browser", "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Microsoft Outlook 14.0.7155; ms-office)",
			clientOutlook, "14.0.7155",
		},
		{"by ActiveSync", "Outlook/16.0 (16.0.17932.20884; C2R; x64)", clientOutlook, "16.0.17932.20884"},
		{
			"small letters", "microsoft office/16.0 (windows nt 10.0; microsoft outlook 16.0.17928; pro)", clientOutlook,
			"16.0.17928",
		},
		{"Outlook without version", "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook ; Pro)", clientNoVersion, ""},
		{"Outlook Anywhere", "MSRPC", clientNoVersion, ""},
		{"Mac", "MacOutlook/16.101.25091314 (Intelx64 Mac OS X Version 15.6 (Build 24G84))", clientMac, "16.101.25091314"},
		{"Mac with letters", "MacOutlook/f.53.0.210815", clientMac, ""},
		{"mobile", "Outlook-iOS-Android/1.0", clientMobile, ""},
		{"mobile of one kind", "Outlook-Android/2.0", clientMobile, ""},
		{"probe", "AMProbe/Local/ClientAccess", clientProbe, ""},
		{"probe by its end", "OWA_AM_Probe/15.2", clientProbe, ""},
		{"MapiHttpClient", "MapiHttpClient", clientProbe, ""},
		{"WinRM", "Microsoft WinRM Client", clientWinRM, ""},
		{"Word", "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Word 16.0.17928; Pro)", clientOther, ""},
		{"Skype for Business", "OC/16.0.5254 (Skype for Business)", clientOther, ""},
		{"browser", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", clientOther, ""},
		{"nothing", "", clientNone, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			kind, version := classifyAgent([]byte(row.agent))
			if kind != row.kind {
				t.Errorf("kind %d, want %d", kind, row.kind)
			}
			if string(version) != row.version {
				t.Errorf("version %q, want %q", version, row.version)
			}
		})
	}
}
