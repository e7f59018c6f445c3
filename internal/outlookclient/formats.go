package outlookclient

import (
	"bytes"
	"strings"
)

// role is what a column means to the report.
type role int

const (
	roleTime     role = iota // date and time, or the time where there is a date
	roleDate                 // IIS
	roleUser                 // who connects
	roleMail                 // mail address of that user
	roleSoftware             // program
	roleVersion              // its version
	roleMode                 // cached or online
	roleAgent                // HTTP user agent
	roleStart                // operation, of which "Connect" starts a session
	roleStatus               // result of the operation
	roleCount
)

// format is a kind of log, known by its columns.
type format struct {
	name string
	// needed and wanted are column names in small letters. A log is of this format
	// if it has all that are needed. Of names for one role the first that exists counts.
	needed, wanted []column
	separator      byte
	http           bool // the status is an HTTP status
}

type column struct {
	role role
	name string
}

// formats are the logs that name their clients. Sources: the headers of Exchange
// 2010 to 2019 (RPC Client Access, HttpProxy, Ews), [MS-OXCRPC] for the modes.
var formats = []format{
	{
		name: "RPC Client Access", separator: ',',
		needed: []column{
			{roleTime, "date-time"}, {roleSoftware, "client-software"}, {roleVersion, "client-software-version"},
		},
		wanted: []column{
			{roleUser, "client-name"},
			{roleMail, "user-email"},
			{roleMode, "client-mode"},
			{roleStart, "operation"},
			{roleStatus, "rpc-status"},
		},
	},
	{
		name: "MAPI over HTTP", separator: ',',
		needed: []column{
			{roleTime, "datetime"}, {roleSoftware, "clientsoftware"}, {roleVersion, "clientsoftwareversion"},
		},
		wanted: []column{
			// AuthenticatedUser comes second: it can be the front end's account or Anonymous.
			{roleUser, "authenticateduseremail"},
			{roleUser, "authenticateduser"},
			{roleMail, "actasuseremail"},
			{roleMode, "clientmode"},
			{roleStart, "requesttype"},
			{roleStatus, "statuscode"},
		},
	},
	{
		name: "Exchange HTTP", separator: ',', http: true, // HttpProxy, Ews, Autodiscover
		needed: []column{{roleTime, "datetime"}, {roleAgent, "useragent"}},
		wanted: []column{{roleUser, "authenticateduser"}, {roleStatus, "httpstatus"}},
	},
	{
		name: "IIS", separator: ' ', http: true,
		needed: []column{{roleDate, "date"}, {roleTime, "time"}, {roleAgent, "cs(user-agent)"}},
		wanted: []column{{roleUser, "cs-username"}, {roleStatus, "sc-status"}},
	},
}

// header says where the columns of a format are.
type header struct {
	*format
	roles   []role // by column; roleCount for those without a meaning
	columns int
	needed  int // index of the last column without which a line says nothing
}

// parseHeader reads the names of the columns; nil where no format has them.
func parseHeader(names []byte) *header {
	separator := byte(' ')
	if bytes.IndexByte(names, ',') >= 0 {
		separator = ','
	}
	positions := map[string]int{}
	n := 0
	for r := (row{rest: names, separator: separator}); ; n++ {
		name, ok := r.next()
		if !ok {
			break
		}
		key := strings.ToLower(string(bytes.TrimSpace(name)))
		if _, twice := positions[key]; !twice {
			positions[key] = n
		}
	}
	for i := range formats {
		if f := &formats[i]; f.separator == separator {
			if h := f.header(positions, n); h != nil {
				return h
			}
		}
	}
	return nil
}

func (f *format) header(positions map[string]int, columns int) *header {
	h := &header{format: f, roles: make([]role, columns), columns: columns}
	for i := range h.roles {
		h.roles[i] = roleCount
	}
	for _, c := range f.needed {
		at, ok := positions[c.name]
		if !ok {
			return nil
		}
		h.roles[at] = c.role
		h.needed = max(h.needed, at)
	}
	found := [roleCount]bool{}
	for _, c := range f.wanted {
		if at, ok := positions[c.name]; ok && !found[c.role] {
			found[c.role] = true
			h.roles[at] = c.role
			if c.role != roleMail {
				h.needed = max(h.needed, at)
			}
		}
	}
	return h
}
