#!/usr/bin/env python3
"""Searches of Elasticsearch clients over a running node: tests/serve/elasticsearch_search_test.py VEDETTE"""
import json
import pathlib
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from node import Node  # noqa: E402

VEDETTE = sys.argv.pop(1)
DAY = 1_767_225_600_000  # 2026-01-01


def event(n, dataset_host="web"):
    return {"@timestamp": f"2026-01-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z", "n": n,
            "message": f"request number {n}", "host": {"name": f"{dataset_host}{n % 3}"},
            "source": {"ip": f"192.0.2.{n % 250}"}, "ok": n % 2 == 0, "seconds": n / 8}


class Searches(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.node = Node(VEDETTE, pathlib.Path(cls.scratch.name),
                        listener_config={"elasticsearch": "    anonymous_search: true\n"})
        cls.node.bulk([event(n) for n in range(300)], index="logs-shop-prod")
        cls.node.bulk([event(n, "mail") for n in range(30)], index="mail")
        cls.ask("POST", "/_refresh")

    @classmethod
    def tearDownClass(cls):
        cls.node.stop()
        cls.scratch.cleanup()

    @classmethod
    def ask(cls, method, path, body=None, expect=200):
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        status, headers, answer = cls.node.http("elasticsearch", method, path, body,
                                                {"Content-Type": "application/json"} if body else {})
        answer = json.loads(answer) if answer else {}
        if expect is not None:
            assert status == expect, (status, answer)
            assert headers["X-Elastic-Product"] == "Elasticsearch"
            return answer
        return status, answer

    def test_url_parameters_go_before_the_body(self):
        answer = self.ask("POST", "/shop/_search?size=2&sort=n:desc&_source=n&q=ok:true", {"size": 7, "sort": ["n"]})
        self.assertEqual([hit["_source"] for hit in answer["hits"]["hits"]], [{"n": 298}, {"n": 296}])
        self.assertEqual(answer["hits"]["total"], {"value": 150, "relation": "eq"})
        answer = self.ask("GET", "/shop/_search?rest_total_hits_as_int=true&size=0")
        self.assertEqual(answer["hits"]["total"], 300)
        answer = self.ask("GET", "/shop/_search?track_total_hits=false&size=1&from=3&sort=n")
        self.assertNotIn("total", answer["hits"])
        self.assertEqual(answer["hits"]["hits"][0]["_source"]["n"], 3)

    def test_index_expressions(self):
        count = lambda index: self.ask("GET", f"/{index}/_count?ignore_unavailable=true&q=n:*")["count"]
        for expression, wanted in {"shop": 300, "vedette-shop": 300, "logs-shop-prod": 300, "logs-shop-*": 300, "mail": 30,
                                   "*": 330, "_all": 330, "m*": 30, "vedette-*": 330, "logs-*": 330, "*,-mail": 300,
                                   "vedette-*,-vedette-m*": 300, "shop,mail": 330, "none": 0, "none,mail": 30, "*-mail": 30, "v*shop": 300,
                                   "logs-mail-x": 30, "logs-none-*": 0}.items():
            self.assertEqual(count(expression), wanted, expression)
        self.assertEqual(self.ask("POST", "/_count", {"query": {"term": {"host.name": "mail1"}}})["count"], 10)
        for path in ("/none/_search", "/mail,none/_count", "/none/_mapping", "/none/_field_caps?fields=*"):
            answer = self.ask("GET", path, expect=404)
            self.assertEqual(answer["error"]["type"], "index_not_found_exception")
            self.assertEqual(answer["error"]["root_cause"][0]["index"], "none")

    def test_errors_have_their_shape(self):
        for method, path, body, status, kind in (
                ("POST", "/_search", {"query": {"geo_distance": {}}}, 400, "illegal_argument_exception"),
                ("POST", "/_search", "{", 400, "illegal_argument_exception"),
                ("GET", "/_search?size=many", None, 400, "illegal_argument_exception"),
                ("GET", "/_search?size=20000", None, 400, "illegal_argument_exception"),
                ("POST", "/_count", {"size": 1}, 400, "parsing_exception"),
                ("GET", "/%3Clogs-%7Bnow%7D%3E/_search", None, 400, "invalid_index_name_exception"),
                ("POST", "/_async_search", {}, 400, "illegal_argument_exception"),
                ("POST", "/_search", '{"query":' + " " * (1 << 20) + "{}}", 413, "content_too_long_exception"),
                ("POST", "/_search/scroll", {"scroll_id": "x"}, 404, "search_context_missing_exception"),
                ("POST", "/shop/_search?scroll=2h", {}, 400, "illegal_argument_exception"),
                ("POST", "/shop/_pit", {}, 400, "action_request_validation_exception"),
                ("GET", "/shop/_nothing", None, 400, "illegal_argument_exception")):
            answer = self.ask(method, path, body, expect=status)
            self.assertEqual((answer["status"], answer["error"]["type"]), (status, kind), path)
            self.assertEqual(answer["error"]["root_cause"][0]["type"], kind)

    def test_what_grafana_asks(self):
        header = {"search_type": "query_then_fetch", "ignore_unavailable": True, "index": "logs-shop-*"}
        range_filter = {"range": {"@timestamp": {"gte": DAY, "lte": DAY + 299_000, "format": "epoch_millis"}}}
        query = {"bool": {"filter": [range_filter, {"query_string": {"analyze_wildcard": True, "query": "ok:true"}}]}}
        histogram = {"date_histogram": {"field": "@timestamp", "fixed_interval": "60s", "min_doc_count": 0,
                                        "extended_bounds": {"min": DAY, "max": DAY + 299_000}, "format": "epoch_millis"}}
        terms = {"terms": {"field": "host.name", "size": 10, "order": {"_key": "desc"}, "min_doc_count": 1}}
        items = [
            {"size": 0, "query": query, "aggs": {"3": {**terms, "aggs": {"2": {
                **histogram, "aggs": {"1": {"avg": {"field": "seconds"}}}}}}}},
            {"size": 0, "query": query, "aggs": {"4": {"filters": {"filters": {
                "low": {"query_string": {"query": "n:[0 TO 99]", "analyze_wildcard": True}},
                "high": {"query_string": {"query": "n:>=100", "analyze_wildcard": True}}}}, "aggs": {"2": histogram}}}},
            {"size": 5, "query": query, "sort": [{"@timestamp": {"order": "desc", "unmapped_type": "boolean"}},
                                                 {"_doc": {"order": "desc"}}],
             "script_fields": {}, "fields": ["*"], "track_total_hits": 10000},
            {"size": 0, "query": {"geo_shape": {}}},
        ]
        lines = [json.dumps(part) for item in items for part in (header, item)] + ['{"index":"none"}', "{}", "", '{"size":0}']
        answer = self.ask("POST", "/_msearch?max_concurrent_shard_requests=5", "\n".join(lines) + "\n")
        by_host, by_filter, logs, refused, missing, everything = answer["responses"]
        self.assertEqual([r["status"] for r in answer["responses"]], [200, 200, 200, 400, 404, 200])
        hosts = by_host["aggregations"]["3"]["buckets"]
        self.assertEqual([bucket["key"] for bucket in hosts], ["web2", "web1", "web0"])
        self.assertEqual([bucket["doc_count"] for bucket in hosts[0]["2"]["buckets"]], [10] * 5)
        first = hosts[2]["2"]["buckets"][0]
        self.assertEqual(first["key"], DAY)
        self.assertAlmostEqual(first["1"]["value"], sum(n / 8 for n in range(0, 60, 6)) / 10)
        buckets = by_filter["aggregations"]["4"]["buckets"]
        self.assertEqual((buckets["low"]["doc_count"], buckets["high"]["doc_count"]), (50, 100))
        self.assertEqual([hit["_source"]["n"] for hit in logs["hits"]["hits"]], [298, 296, 294, 292, 290])
        self.assertEqual(refused["error"]["type"], "illegal_argument_exception")
        self.assertEqual(missing["error"]["type"], "index_not_found_exception")
        self.assertGreaterEqual(everything["hits"]["total"]["value"], 330)

    def test_fields_and_indices(self):
        caps = self.ask("GET", "/logs-shop-*/_field_caps?fields=*&ignore_unavailable=true&allow_no_indices=true")["fields"]
        types = {name: list(caps[name]) for name in ("@timestamp", "n", "message", "host.name", "source.ip", "ok", "seconds")}
        self.assertEqual(types, {"@timestamp": ["date"], "n": ["long"], "message": ["text"], "host.name": ["keyword"],
                                 "source.ip": ["ip"], "ok": ["boolean"], "seconds": ["double"]})
        self.assertEqual(set(self.ask("POST", "/_field_caps", {"fields": ["host.*", "n"]})["fields"]) & {"host.name", "n", "ok"},
                         {"host.name", "n"})
        mappings = self.ask("GET", "/mail/_mapping")
        self.assertEqual(list(mappings), ["vedette-mail"])
        properties = mappings["vedette-mail"]["mappings"]["properties"]
        self.assertEqual(properties["host"]["properties"]["name"], {"type": "keyword"})
        by_field = self.ask("GET", "/mail/_mapping/field/source.*")["vedette-mail"]["mappings"]
        self.assertEqual(by_field["source.ip"], {"full_name": "source.ip", "mapping": {"ip": {"type": "ip"}}})
        indices = {row["index"]: row["docs.count"] for row in self.ask("GET", "/_cat/indices?format=json")}
        self.assertEqual((indices["vedette-shop"], indices["vedette-mail"]), ("300", "30"))
        names = [index["name"] for index in self.ask("GET", "/_resolve/index/vedette-*")["indices"]]
        self.assertLessEqual({"vedette-shop", "vedette-mail"}, set(names))
        self.assertGreaterEqual(self.ask("GET", "/_cluster/stats")["indices"]["docs"]["count"], 330)
        self.assertEqual(self.node.http("elasticsearch", "HEAD", "/vedette-mail")[0], 200)
        self.assertEqual(self.node.http("elasticsearch", "HEAD", "/none")[0], 404)

    def scroll_all(self, path, body):
        answer = self.ask("POST", path, body)
        pages = []
        while answer["hits"]["hits"]:
            pages.append(answer)
            answer = self.ask("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": answer["_scroll_id"]})
        self.assertEqual(self.ask("DELETE", "/_search/scroll", {"scroll_id": answer["_scroll_id"]}),
                         {"succeeded": True, "num_freed": 1})
        self.ask("DELETE", "/_search/scroll", {"scroll_id": [answer["_scroll_id"]]}, expect=404)
        return pages

    def test_scroll_keeps_its_sort(self):
        pages = self.scroll_all("/shop/_search?scroll=1m", {"size": 40, "sort": [{"host.name": "desc"}, {"ok": "asc"}],
                                                          "aggs": {"most": {"max": {"field": "n"}}}})
        hits = [hit for page in pages for hit in page["hits"]["hits"]]
        self.assertEqual(len({hit["_source"]["n"] for hit in hits}), 300)
        keys = [(hit["_source"]["host"]["name"], not hit["_source"]["ok"]) for hit in hits]
        self.assertEqual(keys, sorted(keys, reverse=True))
        self.assertEqual({page["hits"]["total"]["value"] for page in pages}, {300})
        self.assertEqual(pages[0]["aggregations"]["most"]["value"], 299)
        self.assertNotIn("aggregations", pages[1])

    def test_scroll_and_point_in_time_stand_still_while_events_arrive(self):
        total, stop = 25_000, threading.Event()
        for begin in range(0, total, 5000):
            self.node.bulk([event(n) for n in range(begin, begin + 5000)], index="big")
        self.ask("POST", "/big/_refresh")

        def send():
            number = total
            while not stop.is_set():
                # As old as those that are read.
                self.node.bulk([{**event(n % 20_000), "n": n} for n in range(number, number + 500)], index="big")
                number += 500
        answer = self.ask("POST", "/big/_search?scroll=1m&size=2000", {"sort": ["_doc"], "track_total_hits": True})
        point = self.ask("POST", "/big/_pit?keep_alive=1m")["id"]
        sender = threading.Thread(target=send)
        sender.start()
        try:
            seen = []
            while answer["hits"]["hits"]:
                self.assertEqual(answer["hits"]["total"]["value"], total)
                seen += [hit["_source"]["n"] for hit in answer["hits"]["hits"]]
                answer = self.ask("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": answer["_scroll_id"]})
            self.assertEqual(len(seen), total)
            self.assertEqual(set(seen), set(range(total)))
            seen, body = [], {"size": 5000, "sort": [{"host.name": "asc"}], "pit": {"id": point, "keep_alive": "1m"},
                              "_source": ["n"], "track_total_hits": True}
            while True:
                answer = self.ask("POST", "/_search", body)
                self.assertEqual((answer["pit_id"], answer["hits"]["total"]["value"]), (point, total))
                if not answer["hits"]["hits"]:
                    break
                seen += [hit["_source"]["n"] for hit in answer["hits"]["hits"]]
                body["search_after"] = answer["hits"]["hits"][-1]["sort"]
            self.assertEqual(len(seen), total)
            self.assertEqual(set(seen), set(range(total)))
        finally:
            stop.set()
            sender.join()
        self.assertGreater(self.ask("GET", "/big/_count")["count"], total)
        self.assertEqual(self.ask("DELETE", "/_pit", {"id": point})["num_freed"], 1)
        self.ask("POST", "/_search", body, expect=404)

    def test_open_search_points_in_time(self):
        point = self.ask("POST", "/mail/_search/point_in_time?keep_alive=1m")["pit_id"]
        answer = self.ask("POST", "/_search", {"pit": {"id": point}, "size": 0})
        self.assertEqual(answer["hits"]["total"]["value"], 30)
        self.assertEqual(self.ask("DELETE", "/_search/point_in_time", {"pit_id": [point]}),
                         {"pits": [{"successful": True, "pit_id": point}]})


if __name__ == "__main__":
    unittest.main()
