// Prints which JSON values Go stores in fields of which types, and what it makes of lists of log drivers: the judge of
// GoType and LogDrivers.
//
//	go run go-type-answers.go > ../go-json/types.tsv
//
// Columns: the type, the text in hexadecimal, and ok or E; for the type "drivers" what the ECS agent takes from its
// environment variable: unset, or the names in hexadecimal, each behind an s, separated by commas.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
)

type prefix net.IPNet

func (p *prefix) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	_, parsed, err := net.ParseCIDR(text)
	if err == nil {
		*p = prefix(*parsed)
	}
	return err
}

type conditional struct{ value int }

func (c *conditional) UnmarshalJSON(data []byte) error {
	if _, err := strconv.ParseBool(string(data)); err != nil && string(data) != "null" {
		return err
	}
	return nil
}

var values = []string{
	"null", "true", "false", "0", "1", "-1", "2", "65535", "65536", "127", "128", "-128", "-129", "1.0", "1e3", "1.5", "-0",
	"9223372036854775807", "9223372036854775808", "\"\"", "\"a\"", "\"true\"", "\"1\"", "[]", "[null]", "[\"a\"]", "[\"a\",1]",
	"[1,2]", "[65536]", "[[]]", "{}", "{\"a\":\"b\"}", "{\"a\":null}", "{\"a\":1}", "{\"a\":{}}", "[\"10.0.15.0/24\"]",
	"[\"10.0.15.0/24\",\"x\"]", "[\"10.0.15.0/24\",null]",
}

var prefixes = []string{
	"10.0.15.0/24", "10.0.15.0", "10.0.15.0/", "10.0.15.0/33", "10.0.15.0/032", "10.0.15.0/00000032", "10.0.15.0/-1", "10.0.15.0/+1", "10.0.15/24",
	"10.0.15.256/24", "10.0.015.0/24", "10.0.0.0/0", " 10.0.0.0/8", "10.0.0.0/8 ", "10.0.0.0.0/8", "10..0.0/8", "0.0.0.0/0", "00.0.0.0/0",
	"::/0", "::1/128", "::1/129", "fe80::/10", "fe80::1%eth0/64", "2001:db8::/32", "2001:db8:0:0:0:0:0:0/32", "2001:db8:0:0:0:0:0/32",
	"2001:db8::0::/32", "1:2:3:4:5:6:7:8/1", "1:2:3:4:5:6:7:8:9/1", "1::3:4:5:6:7:8/1", "1:2:3:4::5:6:7:8/1", "::ffff:1.2.3.4/96", "1.2.3.4::/96",
	"::1.2.3.4.5/96", "12345::/16", "g::/16", ":1/16", "1:/16", ":::/16", ":/16", "/16", "1.2.3.4/16/16", "1:2:3:4:5:6:1.2.3.4/16", "1:2:3:4:5:6:7:1.2.3.4/16",
	"::1.2.3.04/96", "FE80::ABCD/64", "1:2:3:4:5:6:7::/64", "::2:3:4:5:6:7:8/64",
}

var drivers = []string{
	"", " ", "[]", "null", "[\"awslogs\"]", "[\"awslogs\"] # x", "'[\"awslogs\"]'", "\"[\\\"awslogs\\\"]\"", "\"[\"awslogs\"]\"", "[\"awslogs\"", "[\"awslogs\",]",
	"[\"awslogs\",5]", "[5,\"awslogs\"]", "[\"awslogs\",null]", "[[\"awslogs\"]]", "{\"a\":\"awslogs\"}", "5", "true", "awslogs", "[awslogs]", "[\"awslogs\" \"syslog\"]",
	"[\"json-file\",\"awslogs\"][\"x\"]", "\"awslogs\"", "[\"aws\\u006cogs\"]", "[\"AWSLOGS\"]", "[\"awslogs \"]", "\ufeff[\"awslogs\"]", "[null]", "[\"\"]", "[true,{}]",
	"json-file,awslogs", "[\"awslogs\"]]", "[\"awslogs\",\"\xff\"]", "\t[\"awslogs\"]", "x[\"awslogs\"]",
}

func stored(kind, text string) error {
	target := map[string]any{
		"text": new(string), "bool": new(bool), "conditional": new(conditional), "uint16": new(uint16), "int8": new(int8), "int64": new(int64),
		"texts": new([]string), "ports": new([]uint16), "textMap": new(map[string]string), "prefix": new(prefix), "prefixes": new([]prefix),
		"object": new(struct{}), "anything": new(json.RawMessage),
	}[kind]
	return json.Unmarshal([]byte(text), target)
}

func print(kind, text, answer string) {
	fmt.Printf("%s\t%s\t%s\n", kind, hex.EncodeToString([]byte(text)), answer)
}

func main() {
	kinds := []string{"text", "bool", "conditional", "uint16", "int8", "int64", "texts", "ports", "textMap", "prefix", "prefixes", "object", "anything"}
	for _, kind := range kinds {
		texts := values
		if kind == "prefix" {
			for _, prefix := range prefixes {
				texts = append(texts, strconv.Quote(prefix))
			}
		}
		for _, text := range texts {
			if stored(kind, text) == nil {
				print(kind, text, "ok")
			} else {
				print(kind, text, "E")
			}
		}
	}
	for _, text := range drivers {
		var names []string
		// As the agent does, an error is not looked at.
		_ = json.NewDecoder(strings.NewReader(text)).Decode(&names)
		parts := []string{}
		for _, name := range names {
			parts = append(parts, "s"+hex.EncodeToString([]byte(name)))
		}
		if len(parts) == 0 {
			parts = []string{"unset"}
		}
		print("drivers", text, strings.Join(parts, ","))
	}
}
