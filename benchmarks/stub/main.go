// The wire stub: answers DynamoDB requests from memory, as fast as a loopback allows, so that a client's own cost shows.
//
// It holds no table. A table called "…-<n>" has n pages, each the same canned items; writes are counted and forgotten.
// It checks no signature, and it never stands in for DynamoDB's semantics: the tests use the embedded AWS for those.
package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

// Orders can be changed while it runs: POST them to /control as JSON. Every one is "each n-th, 0: none".
type Orders struct {
	Throttle    int64  `json:"throttle"`    // requests refused as a whole
	Fail        int64  `json:"fail"`        // statements of a batch that fail by themselves
	FailCode    string `json:"fail_code"`   // with this code
	Unprocessed int64  `json:"unprocessed"` // puts of a BatchWriteItem that are handed back
}

// Counts are what /control answers: what was asked, and what of it was done.
type Counts struct {
	Requests  int64 `json:"requests"`
	Pages     int64 `json:"pages"`
	Written   int64 `json:"written"`
	Throttled int64 `json:"throttled"`
	Failed    int64 `json:"failed"`
}

type stub struct {
	page    []byte // `{"Items":[…],"Count":n,"ScannedCount":n`, without the end
	items   int
	orders  atomic.Pointer[Orders]
	counts  Counts
	seen    int64 // requests, for "each n-th"
	buffers sync.Pool
}

const target = "DynamoDB_20120810."

func main() {
	items := flag.Int("items", 3900, "items on a page; about 270 bytes each")
	secure := flag.String("tls", "", "speak TLS with a certificate made now, and write it to this file")
	flag.Parse()
	answers := &stub{page: canned(*items), items: *items}
	answers.orders.Store(&Orders{})
	answers.buffers.New = func() any { return new(bytes.Buffer) }
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	if *secure != "" {
		certificate, pem, err := selfMade()
		if err == nil {
			err = os.WriteFile(*secure, pem, 0o644)
		}
		if err != nil {
			log.Fatal(err)
		}
		// HTTP/1.1 alone, as DynamoDB speaks it.
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}})
	}
	go func() { // the one who started it holds the other end: it never outlives them
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, answers))
}

func (s *stub) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	body := s.buffers.Get().(*bytes.Buffer)
	defer s.buffers.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(request.Body); err != nil {
		return
	}
	if request.URL.Path == "/control" {
		s.control(writer, request.Method, body.Bytes())
		return
	}
	operation := request.Header.Get("X-Amz-Target")
	if len(operation) > len(target) {
		operation = operation[len(target):]
	}
	status, answer := s.answer(operation, body.Bytes())
	header := writer.Header()
	header.Set("Content-Type", "application/x-amz-json-1.0")
	header.Set("Content-Length", strconv.Itoa(len(answer)))
	header.Set("X-Amzn-Requestid", "4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG")
	header.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(answer)), 10))
	writer.WriteHeader(status)
	_, _ = writer.Write(answer)
}

func (s *stub) control(writer http.ResponseWriter, method string, body []byte) {
	if method == http.MethodPost {
		var orders Orders
		if err := json.Unmarshal(body, &orders); err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		s.orders.Store(&orders)
		s.counts = Counts{}
		atomic.StoreInt64(&s.seen, 0)
	}
	_ = json.NewEncoder(writer).Encode(s.counts)
}
