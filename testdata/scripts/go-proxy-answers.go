// What golang.org/x/net/http/httpproxy, which net/http asks too, says of requests to the instance's own services: for each
// environment HTTP_PROXY and NO_PROXY as JSON strings, and whether a request to http://169.254.169.254/ and one to
// http://169.254.170.2/ goes to a proxy (proxied) or not (direct).
//
//	go mod init answers && go get golang.org/x/net@VERSION && go run go-proxy-answers.go
package main

import (
	"encoding/json"
	"fmt"
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

const proxy = "http://proxy:3128"

var exceptions = []string{
	"", "*", " * ", "a,*", "*,a", "**", "*.254", "*.169.254", "169.254.169.254", "169.254.170.2",
	"169.254.169.254,169.254.170.2", "169.254.169.254,169.254.170.2,/var/run/docker.sock",
	" 169.254.169.254 , 169.254.170.2 ", "169.254.169.254 169.254.170.2", "169.254.169.254;169.254.170.2",
	"169.254.169.254\t", "169.254.169.254|localhost", "localhost,127.0.0.1", "localhost,.internal,10.0.0.0/8",
	"169.254.169.254:80", "169.254.169.254:443", "169.254.169.254:", "169.254.169.254:http", "169.254.169.254:080",
	"[169.254.169.254]", "[169.254.169.254]:80", "[169.254.169.254]:81", "[[169.254.169.254]]:80", ":80", "[]:80", "[]",
	"http://169.254.169.254", "http://169.254.169.254/", "169.254.169.254/", "169.254.169.254/latest",
	"169.254.0.0/16", "169.254.0.0/16,", "169.254.169.254/32", "169.254.169.0/24", "169.254.169.255/31",
	"169.254.168.0/22", "169.254.1.1/16", "169.254.0.0/33", "169.254.0.0/-1", "169.254.0.0/+16", "169.254.0.0/016",
	"169.254.0.0/1.6", "169.254.0.0/", "169.254.0.0/255.255.0.0", "169.254.0.0/16:80", "169.254/16", "169.254.0.0 /16",
	"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "0/0", "0.0.0.0", "10.0.0.0/8", "169.255.0.0/16", "169.254.*", "169.254.*.*",
	"169.254.", ".169.254.169.254", "169.254", "169", "254", ".254", "169.254.169", "169.254.169.254.", "169.254.169.0254",
	"169.254.169.00254", "0169.254.169.254", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "2852039166", "169.254.169.256",
	"169.254.169.254.nip.io", "::ffff:169.254.169.254", "[::ffff:169.254.169.254]:80", "[::ffff:169.254.169.254]",
	"::ffff:a9fe:a9fe", "::FFFF:A9FE:A9FE", "0:0:0:0:0:ffff:169.254.169.254", "::ffff:169.254.169.254/128",
	"::ffff:169.254.0.0/112", "::ffff:0.0.0.0/96", "::ffff:0.0.0.0/95", "::/0", "::ffff:0:0/97", "::169.254.169.254",
	"::a9fe:a9fe", "fd00:ec2::254", "fe80::/10", "::ffff:169.254.169.254%eth0", "1:2:3:4:5:6:7:8:9", "::1::2", ":::",
	"12345::", "1:2:3:4:5:6:7:169.254.169.254", "0::ffff:169.254.169.254", "::0:ffff:169.254.169.254",
	"::ffff:169.254.169.254:80", "64:ff9b::169.254.169.254", "instance-data", "instance-data.ec2.internal", "ec2.internal",
	"\"169.254.169.254\"", "'169.254.169.254'", "\"169.254.169.254", "169.254.169.254\"", "\u00a0169.254.169.254",
	"169.254.169.254\u2003", "\ufeff169.254.169.254", "１６９.254.169.254", "169。254。169。254", "localhost,169.254.169.254",
	"a:b:c,169.254.169.254", "169.254.169.254,a:b:c", ",,,169.254.169.254,,,", "169.254.169.254#", "# 169.254.169.254",
	"169.254.169.254 # metadata", "foo.com", "*.foo.com", ".foo.com", "*.", "*.:80", ".", "..", "/", "/16", ":", "::", "::/",
	"169.254.169.254/32/32", "169.254.169.254,169.254.169.254:81", "169.254.169.254:81,169.254.169.254:80",
	"169.254.169.254-169.254.170.2", "169.254.169.254 ,", "169.254.170.0/23", "169.254.168.0/21", "169.254.170.0/24",
}

var proxies = []string{
	"", " ", "http://proxy:3128", "https://proxy:3128", "socks5://proxy", "proxy", "proxy:3128", "10.0.0.131:3128",
	"user:pw@proxy:3128", "http://user:pw@proxy:3128", "http://user:p%40w@proxy:3128", "http://user:p%w@proxy:3128",
	"http://user:p%@proxy", "user:p%w@proxy:3128", "http://user:p#w@proxy:3128", "http://user:p/w@proxy:3128",
	"http://user:p@w@proxy:3128", "http://user:p^w@proxy:3128", "http://user:p w@proxy:3128", "http://user:p\u00e4w@proxy",
	"http://user:p\"w@proxy", "http://user:p?w@proxy", "http://user:p[w@proxy", "us^er:pw@proxy:3128", "us^er:pw@proxy", "%u:pw@proxy:3128",
	"http://us%er@proxy", "@proxy", ":pw@proxy", "1user:pw@proxy", "http://user:pw@pro xy", "user:p#%@proxy", "user/p:w@proxy",
	"\"http://proxy:3128\"", "'http://proxy:3128'", "http:/proxy:3128", "http//proxy:3128",
	"//proxy:3128", "http://", "http:", "://proxy", "http://proxy:port", "proxy:port", "http://proxy:99999", "http://[::1",
	"http://[::1]:3128", "http://pro xy:3128", "http://proxy:3128/", "http://proxy:3128/%zz", "http://pro%20xy:3128",
	"http://proxy%zz:3128", "direct", "none", "false", "http://proxy\t:3128", "http://proxy:3128 ", "-", ":", "@", "#", "?", "/",
	"%", "%41", "http://proxy:3128#%zz", "http://proxy:3128?%zz", "[", "]", "a]", "[a", "http://a]b", "proxy:3128 # comment",
}

func answer(config httpproxy.Config, text string) string {
	address, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	found, err := config.ProxyFunc()(address)
	switch {
	case err != nil:
		panic(err)
	case found == nil:
		return "direct"
	}
	return "proxied"
}

func text(value string) string {
	bytes, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(bytes)
}

func main() {
	ask := func(proxy, exceptions string) {
		config := httpproxy.Config{HTTPProxy: proxy, NoProxy: exceptions}
		fmt.Printf("%s\t%s\t%s\t%s\n", text(proxy), text(exceptions),
			answer(config, "http://169.254.169.254/"), answer(config, "http://169.254.170.2/"))
	}
	for _, value := range proxies {
		ask(value, "")
	}
	for _, value := range exceptions {
		ask(proxy, value)
	}
}
