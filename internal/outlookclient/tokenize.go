package outlookclient

import "bytes"

// row splits a line of a W3C-style log into its fields without allocating:
//
//	Exchange  a,"b, c",d     separated by commas, quoted where they hold one
//	IIS       a b+c d        separated by blanks, with + for a blank and no quotes
type row struct {
	rest      []byte
	separator byte // ',' or ' '
	last      bool // the field that next returned ended with the line
	open      bool // that field has a quote that is not closed
}

// next returns the next field without its quotes; false after the last one.
func (r *row) next() ([]byte, bool) {
	if r.last {
		return nil, false
	}
	if r.separator == ' ' {
		if r.rest = bytes.TrimLeft(r.rest, " "); len(r.rest) == 0 {
			r.last = true
			return nil, false
		}
	}
	if r.separator == ',' && len(r.rest) > 0 && r.rest[0] == '"' {
		return r.quoted(), true
	}
	return r.upToSeparator(), true
}

func (r *row) upToSeparator() []byte {
	end := bytes.IndexByte(r.rest, r.separator)
	if end < 0 {
		r.last = true
		return r.rest
	}
	field := r.rest[:end]
	r.rest = r.rest[end+1:]
	return field
}

// quoted reads a field in quotes, in which "" stands for a quote.
func (r *row) quoted() []byte {
	body := r.rest[1:]
	doubled := false
	for from := 0; ; {
		end := bytes.IndexByte(body[from:], '"')
		if end < 0 {
			r.last, r.open = true, true
			return body
		}
		end += from
		if end+1 < len(body) && body[end+1] == '"' {
			from, doubled = end+2, true
			continue
		}
		field := body[:end]
		r.rest = body[end+1:]
		r.upToSeparator() // what follows the closing quote belongs to no field
		if doubled {
			field = bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))
		}
		return field
	}
}
