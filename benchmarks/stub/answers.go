package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// The counts are read between runs only; within one they need no more than not to be lost.
func add(count *int64, more int) { atomic.AddInt64(count, int64(more)) }

func nth(number, every int64) bool { return every > 0 && number%every == 0 }

func (s *stub) answer(operation string, body []byte) (int, []byte) {
	add(&s.counts.Requests, 1)
	if nth(atomic.AddInt64(&s.seen, 1), s.orders.Load().Throttle) {
		add(&s.counts.Throttled, 1)
		return 400, []byte(`{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"The level of configured provisioned throughput for the table was exceeded."}`)
	}
	switch operation {
	case "Scan":
		return 200, s.scan(body)
	case "BatchExecuteStatement":
		return 200, s.statements(bytes.Count(body, []byte(`"Statement":`)))
	case "BatchWriteItem":
		return 200, s.puts(body)
	case "UpdateItem": // the replicator's counters: nothing is failing
		return 200, []byte(`{"Attributes":{}}`)
	case "PutItem", "DeleteItem":
		if bytes.Contains(body, []byte(`"target-`)) {
			add(&s.counts.Written, 1)
		}
		return 200, []byte(`{"ConsumedCapacity":{"TableName":"t","CapacityUnits":1.0}}`)
	case "GetItem": // the replicator asks its ledger for the word
		return 200, []byte(`{"Item":{"pk":{"S":"migration"},"sk":{"S":"word"},"word":{"S":"open"}}}`)
	case "Query":
		return 200, []byte(`{"Items":[],"Count":0,"ScannedCount":0}`)
	case "TransactWriteItems":
		return 200, []byte(`{}`)
	}
	return 400, []byte(fmt.Sprintf(`{"__type":"x#ValidationException","message":"the stub does not know %s"}`, operation))
}

// Pages 0, 1, 2, … of a table; a segment has every n-th of them. The cursor's range key is the next page's number.
func (s *stub) scan(body []byte) []byte {
	var asked struct {
		TableName              string
		Segment, TotalSegments int
		ExclusiveStartKey      map[string]map[string]string
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return []byte(`{}`)
	}
	pages, _ := strconv.Atoi(asked.TableName[strings.LastIndexByte(asked.TableName, '-')+1:])
	page := asked.Segment
	if key, ok := asked.ExclusiveStartKey["sk"]; ok {
		page, _ = strconv.Atoi(key["S"])
	}
	if page >= pages {
		return []byte(`{"Items":[],"Count":0,"ScannedCount":0}`)
	}
	add(&s.counts.Pages, 1)
	next := page + max(1, asked.TotalSegments)
	answer := make([]byte, 0, len(s.page)+200)
	answer = append(answer, s.page...)
	if next < pages {
		answer = fmt.Appendf(answer, `,"LastEvaluatedKey":{"pk":{"S":"customer#0000000"},"sk":{"S":"%d"}}`, next)
	}
	return append(answer, `,"ConsumedCapacity":{"TableName":"t","CapacityUnits":128.5}}`...)
}

func (s *stub) statements(count int) []byte {
	orders := s.orders.Load()
	var answer bytes.Buffer
	answer.WriteString(`{"Responses":[`)
	for index := 0; index < count; index++ {
		if index > 0 {
			answer.WriteByte(',')
		}
		if orders.Fail > 0 && nth(atomic.AddInt64(&s.seen, 1), orders.Fail) {
			add(&s.counts.Failed, 1)
			fmt.Fprintf(&answer, `{"Error":{"Code":%q,"Message":"told to"},"TableName":"t"}`, orders.FailCode)
			continue
		}
		add(&s.counts.Written, 1)
		answer.WriteString(`{"TableName":"t"}`)
	}
	fmt.Fprintf(&answer, `],"ConsumedCapacity":[{"TableName":"t","CapacityUnits":%d.0}]}`, count)
	return answer.Bytes()
}

func (s *stub) puts(body []byte) []byte {
	every := s.orders.Load().Unprocessed
	if every == 0 {
		add(&s.counts.Written, bytes.Count(body, []byte(`Request":`))) // PutRequest or DeleteRequest
		return []byte(`{"UnprocessedItems":{}}`)
	}
	var asked struct{ RequestItems map[string][]json.RawMessage }
	if err := json.Unmarshal(body, &asked); err != nil {
		return []byte(`{}`)
	}
	left := map[string][]json.RawMessage{}
	for table, puts := range asked.RequestItems {
		for _, put := range puts {
			if nth(atomic.AddInt64(&s.seen, 1), every) {
				left[table] = append(left[table], put)
				continue
			}
			add(&s.counts.Written, 1)
		}
	}
	answer, _ := json.Marshal(map[string]any{"UnprocessedItems": left})
	return answer
}

func canned(items int) []byte {
	var page bytes.Buffer
	page.WriteString(`{"Items":[`)
	for n := 0; n < items; n++ {
		if n > 0 {
			page.WriteByte(',')
		}
		fmt.Fprintf(&page, `{"pk":{"S":"customer#%07d"},"sk":{"S":"order#2026-%02d-%02d#%06d"},"name":{"S":"Ada King of Lovelace"},`+
			`"city":{"S":"Lisbon"},"amount":{"N":"%d.%02d"},"count":{"N":"%d"},"paid":{"BOOL":%t},`+
			`"note":{"S":"leave it with the neighbour at number %d, thank you"}}`,
			n/3, n%12+1, n%28+1, n, n%9000+100, n%89+10, n%40+1, n%2 == 0, n%90+10)
	}
	fmt.Fprintf(&page, `],"Count":%d,"ScannedCount":%d`, items, items)
	return page.Bytes()
}
