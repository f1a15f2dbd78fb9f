// Prints what Go's encoding/json makes of hand-picked and generated texts: the judge of the GoJSON reader.
//
//	go run go-json-answers.go > ../go-json/answers.tsv
//
// Columns: the text in hexadecimal, what json.Unmarshal makes of it, what the first Decode of a json.Decoder makes of
// it. A value is written as null, true, false, n and the number, s and the string in hexadecimal, [a,b], {s..:a,s..:b}
// with sorted keys; an error as E, the end of the file as EOF.
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"sort"
	"strings"
)

func dump(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		return "n" + string(v)
	case string:
		return "s" + hex.EncodeToString([]byte(v))
	case []any:
		parts := []string{}
		for _, element := range v {
			parts = append(parts, dump(element))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		parts := []string{}
		for key, member := range v {
			parts = append(parts, "s"+hex.EncodeToString([]byte(key))+":"+dump(member))
		}
		sort.Strings(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	panic("unknown kind")
}

func first(text []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	if err == io.EOF {
		return "EOF"
	} else if err != nil {
		return "E"
	}
	return dump(value)
}

func whole(text []byte) string {
	if !json.Valid(text) {
		return "E"
	}
	return first(text)
}

var picked = []string{
	"", " ", "\n\t\r ", "\v", "\xef\xbb\xbf[]", "[]", "[ ]", "[] x", "[]]", "[,]", "[1,]", "[1 2]", "[", "]", "[[]", "{}", "{ }",
	"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"A\":2}", "{", "}",
	"{1:2}", "{\"a\":{\"b\":[1,{\"c\":null}]}}", "true", "truex", "tru", "tRue", "false", "null", "nul", "NULL", "None",
	"0", "-0", "00", "01", "-", "+1", "1.", ".5", "1.5e", "1e5", "1E+5", "1e-05", "1e+", "12x", "1 2", "0x10", "1e999",
	"\"\"", "\"a", "\"\\", "\"\\\"", "\"\\x41\"", "\"\\u004\"", "\"\\u004g\"", "\"\\u0041\"", "\"\\ud83d\\ude00\"",
	"\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"", "\"\\ude00\\ud83d\"", "\"\\ud83d\\ud83d\\ude00\"",
	"\"\\ud83d\\u00\"", "\"\\uD83D\\uDE00\"", "\"\\u0000\"", "\"\x00\"", "\"\x1f\"", "\"\x7f\"", "\"\n\"", "\"\t\"", "\"\\/\\b\\f\\n\\r\\t\"",
	"\"\\'\"", "'a'", "\"\xff\"", "\"\xe2\x82\"", "\"\xe2\x82\xac\"", "\"\xed\xa0\x80\"", "\"\xf0\x9f\x98\x80\"", "\"\xf0\x9f\x98\"",
	"\"\xc0\xaf\"", "\"\xf4\x90\x80\x80\"", "\"\xc3\"", "\"\xc3", "{\"\xff\":1,\"\ufffd\":2}", "\"\u2028\"", "[1]//x", "/**/[1]", "[1] # x",
	"[\"awslogs\"] # comment", "'[\"awslogs\"]'", "\"[\\\"awslogs\\\"]\"", "[\"awslogs\",5]", "[\"awslogs\",null]", "awslogs", "[awslogs]",
	"{\"a\":1}\x00", "[1]\x00", "\x00", "\u00a0[]", "[]\u00a0", "{\"\":{}}", "[[[[[[[[]]]]]]]]", "[[[[[[[[]]]]]]]", "\"a\"\"b\"", "1\"b\"", "{}{}", "nullnull",
}

func generated(random *rand.Rand) []byte {
	pieces := []string{"[", "]", "{", "}", ",", ":", "\"a\"", "\"b\"", "\"\\u00e9\"", "1", "-2.5e3", "0", "null", "true", "false", " ", "\n", "\"", "\\", "e", ".", "\xff", "\xe2\x82\xac"}
	var text func(depth int) string
	text = func(depth int) string {
		switch n := random.Intn(9); {
		case n < 2 && depth > 0:
			parts := []string{}
			for i := random.Intn(4); i > 0; i-- {
				parts = append(parts, text(depth-1))
			}
			return "[" + strings.Join(parts, " ,") + "]"
		case n < 4 && depth > 0:
			parts := []string{}
			for i := random.Intn(4); i > 0; i-- {
				parts = append(parts, pieces[6+random.Intn(3)]+": "+text(depth-1))
			}
			return "{" + strings.Join(parts, ",\n") + "}"
		default:
			return pieces[6+random.Intn(9)]
		}
	}
	bytes := []byte(text(4))
	for i := random.Intn(3); i > 0; i-- {
		at := random.Intn(len(bytes) + 1)
		switch random.Intn(3) {
		case 0:
			bytes = append(bytes[:at:at], append([]byte(pieces[random.Intn(len(pieces))]), bytes[at:]...)...)
		case 1:
			if at < len(bytes) {
				bytes = append(bytes[:at:at], bytes[at+1:]...)
			}
		case 2:
			bytes = bytes[:at]
		}
	}
	return bytes
}

func main() {
	random := rand.New(rand.NewSource(1))
	texts := [][]byte{}
	for _, text := range picked {
		texts = append(texts, []byte(text))
	}
	for len(texts) < 2000 {
		texts = append(texts, generated(random))
	}
	seen := map[string]bool{}
	for _, text := range texts {
		if seen[string(text)] {
			continue
		}
		seen[string(text)] = true
		fmt.Printf("%x\t%s\t%s\n", text, whole(text), first(text))
	}
}
