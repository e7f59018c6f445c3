package outlookclient

import (
	"bytes"
	"time"
)

// moment reads a time of a log as milliseconds since 1970, UTC: the zone of
// Exchange and IIS logs, whether or not they say so with a Z.
//
//	2026-11-24T12:29:47.946Z    Exchange
//	2026-11-24 12:29:47         IIS, in two columns
func moment(date, clock []byte) (int64, bool) {
	if len(date) != 10 || date[4] != '-' || date[7] != '-' || len(clock) < 8 || clock[2] != ':' || clock[5] != ':' {
		return 0, false
	}
	year, month, day := digits(date[:4]), digits(date[5:7]), digits(date[8:])
	hour, minute, second := digits(clock[:2]), digits(clock[3:5]), digits(clock[6:8])
	if year < 1970 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return 0, false
	}
	thousandths, ok := fraction(clock[8:])
	if !ok {
		return 0, false
	}
	seconds := int64(daysSince1970(year, month, day))*86400 + int64(hour*3600+minute*60+second)
	return seconds*1000 + thousandths, true
}

// fraction reads what follows the seconds: a part of a second and a Z, either optional.
func fraction(text []byte) (thousandths int64, ok bool) {
	text = bytes.TrimSuffix(text, []byte("Z"))
	if len(text) == 0 {
		return 0, true
	}
	if text[0] != '.' {
		return 0, false
	}
	scale := int64(100)
	for _, c := range text[1:] {
		if c < '0' || c > '9' {
			return 0, false
		}
		thousandths += int64(c-'0') * scale
		scale /= 10
	}
	return thousandths, true
}

// digits is the number, or -1 where a character is not a digit.
func digits(text []byte) int {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func daysOf(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysSince1970 counts in years that begin in March, so that a leap day ends one.
func daysSince1970(year, month, day int) int {
	if month <= 2 {
		year, month = year-1, month+12
	}
	return year*365 + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468
}

func timeOf(milliseconds int64) time.Time { return time.UnixMilli(milliseconds).UTC() }
