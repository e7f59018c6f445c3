package outlookclient

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxLine bounds a line and so the memory of the reader. Lines with the
// statistics of a request have some kilobytes.
const maxLine = 1 << 20

var (
	utf8Mark    = []byte{0xEF, 0xBB, 0xBF}
	utf16LEMark = []byte{0xFF, 0xFE}
	utf16BEMark = []byte{0xFE, 0xFF}
	gzipMark    = []byte{0x1F, 0x8B}
)

// lines reads the lines of a log: plain or gzip, in UTF-8 or UTF-16.
type lines struct {
	in     *bufio.Reader
	number int
}

func newLines(in io.Reader, buffer *bufio.Reader) (*lines, error) {
	start := bufio.NewReader(in)
	if mark, _ := start.Peek(2); bytes.Equal(mark, gzipMark) {
		unzipped, err := gzip.NewReader(start)
		if err != nil {
			return nil, err
		}
		start = bufio.NewReader(unzipped)
	}
	mark, err := start.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var text io.Reader = start
	switch {
	case bytes.HasPrefix(mark, utf8Mark):
		_, err = start.Discard(len(utf8Mark))
		if err != nil {
			return nil, err
		}
	case bytes.HasPrefix(mark, utf16LEMark), bytes.HasPrefix(mark, []byte{'#', 0}):
		text = utf16(start, unicode.LittleEndian)
	case bytes.HasPrefix(mark, utf16BEMark), bytes.HasPrefix(mark, []byte{0, '#'}):
		text = utf16(start, unicode.BigEndian)
	}
	buffer.Reset(text)
	return &lines{in: buffer}, nil
}

func utf16(in io.Reader, order unicode.Endianness) io.Reader {
	return transform.NewReader(in, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
}

// line is one line without its end.
type line struct {
	text    []byte // valid until the next call
	ended   bool   // has a line end: the last line of a log in use may not
	tooLong bool   // longer than maxLine, and left out
}

// next returns the next line; io.EOF after the last one.
func (l *lines) next() (line, error) {
	text, err := l.in.ReadSlice('\n')
	if len(text) == 0 && err != nil {
		return line{}, err
	}
	l.number++
	out := line{text: text, ended: err == nil}
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return line{tooLong: true, ended: true}, l.discard()
	case err != nil && !errors.Is(err, io.EOF):
		return line{}, err
	}
	out.text = clean(out.text)
	return out, nil
}

// discard skips the rest of a line.
func (l *lines) discard() error {
	for {
		switch _, err := l.in.ReadSlice('\n'); {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
}

// clean drops the line end and the NULs that a power cut leaves in a log.
func clean(text []byte) []byte {
	text = bytes.TrimRight(text, "\r\n\x00")
	if bytes.IndexByte(text, 0) < 0 {
		return text
	}
	kept := text[:0]
	for _, c := range text {
		if c != 0 {
			kept = append(kept, c)
		}
	}
	return kept
}

// watched stops reading when the context ends, and counts the bytes.
type watched struct {
	ctx  context.Context
	in   io.Reader
	read func(bytes int)
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.in.Read(p)
	w.read(n)
	return n, err
}
