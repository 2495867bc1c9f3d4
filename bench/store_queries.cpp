#include "store_queries.hpp"

namespace vedette::bench {
namespace {

void add_needles(const StoreGenerator& generator, std::vector<BenchQuery>& queries) {
  const StoreGenerator::Needles needles = generator.needles();
  const auto add = [&](const std::string& name, const std::string& text, std::uint64_t rows) {
    queries.push_back({"needle: " + name, text, rows, {}});
  };
  add("hash by field", needles.hash.query, needles.hash.rows.size());
  add("hash anywhere", "d0e1f2a3b4c5968778695a4b3c2d1e0ff0e1d2c3b4a5968778695a4b3c2d1e0f",
      needles.hash.rows.size());
  add("word of a command line", "quillfeather and event.code: 1", needles.command_line.rows.size());
  add("domain", needles.domain.query, needles.domain.rows.size());
  add("address", needles.address.query, needles.address.rows.size());
  add("user", needles.user.query, needles.user.rows.size());
  add("absent value", "process.hash.sha256: 0000000000000000000000000000000000000000000000000000000000000000",
      0);
  add("absent word anywhere", "zyzzyvadoesnotoccur", 0);
  add("absent substring of command lines", "process.command_line ~ \"qzxnotthere\"", 0);
  add("absent substring of raw text", "event.original ~ \"qzxnotthere\"", 0);
}

// JSONBench asks its five of Bluesky's events; kind, collection and did are event.action, event.dataset and
// user.name here (docs/benchmarks.md).
void add_json_bench(std::vector<BenchQuery>& queries) {
  const auto add = [&](const char* name, const char* text) {
    queries.push_back({std::string("JSONBench ") + name, text, {}, {}});
  };
  add("1: counts by kind", "| stats n = count() by event.dataset | sort n desc");
  add("2: counts and distinct users by kind",
      "user.name: * | stats n = count(), users = count_distinct(user.name) by event.dataset | sort n desc");
  add("3: by hour of the day and kind",
      "event.dataset: (nginx.access or zeek.dns or windows.security) | stats n = count() by event.dataset, h "
      "= "
      "bucket(@timestamp, 1h)");
  add("4: first event of users",
      "event.dataset: windows.security | stats t = min(@timestamp) by user.name | sort t | limit 3");
  add("5: longest activity of users",
      "event.dataset: windows.security | stats a = min(@timestamp), b = max(@timestamp) by user.name | sort "
      "a desc | limit 3");
}

void add_click_bench(std::vector<BenchQuery>& queries) {
  const auto add = [&](const char* name, const char* text) {
    queries.push_back({std::string("analytics: ") + name, text, {}, {}});
  };
  add("count of a filter", "http.response.status_code >= 500 | stats n = count()");
  add("sum and mean", "| stats s = sum(http.response.body.bytes), a = avg(http.response.body.bytes)");
  add("distinct users", "| stats d = count_distinct(user.name)");
  add("distinct addresses, exact", "| stats d = count_distinct_exact(source.ip)");
  add("first and last time", "| stats a = min(@timestamp), b = max(@timestamp)");
  add("terms, low cardinality", "| stats n = count() by event.dataset");
  add("terms, 2,000 values", "| top 10 host.name");
  add("terms, 5,000 values", "| top 10 user.name");
  add("terms, high cardinality", "| top 10 source.ip");
  add("terms, ports", "| top 10 source.port");
  add("terms of a filter", "event.outcome: failure | top 10 user.name");
  add("two keys", "| stats n = count() by event.dataset, event.action | sort n desc | limit 10");
  add("two keys, high cardinality",
      "event.dataset: fortinet.firewall | stats n = count() by source.ip, destination.port | sort n desc | "
      "limit 10");
  add("distinct users by host",
      "user.name: * | stats d = count_distinct(user.name) by host.name | sort d desc | limit 10");
  add("top talkers",
      "event.dataset: fortinet.firewall | stats b = sum(source.bytes) by source.ip | sort b desc | limit 10");
  add("date histogram, full", "| stats n = count() by bucket(@timestamp, 1h)");
  add("date histogram, filtered", "event.outcome: failure | stats n = count() by bucket(@timestamp, 1h)");
  add("date histogram, by key", "| stats n = count() by bucket(@timestamp, 1d), event.dataset");
  add("substring count", "url.original ~ \"search\" | stats n = count()");
  add("prefix", "process.name: power* | stats n = count()");
  add("regular expression", "process.command_line: /-enc[a-z]* [A-Za-z0-9+\\/]{8,}/ | stats n = count()");
  add("network", "source.ip: 10.1.0.0/16 | stats n = count()");
  add("percentiles",
      "event.dataset: nginx.access | stats p50(http.response.body.bytes), p99(http.response.body.bytes)");
}

}  // namespace

std::vector<BenchQuery> store_queries(const StoreGenerator& generator) {
  std::vector<BenchQuery> queries;
  queries.push_back({"count of everything", "| stats n = count()", 1, generator.rows()});
  queries.push_back({"newest 100", "| limit 100", 100, {}});
  queries.push_back({"newest 100 of a filter", "event.outcome: failure | limit 100", 100, {}});
  add_needles(generator, queries);
  add_json_bench(queries);
  add_click_bench(queries);
  queries.push_back({"sequence",
                     "| sequence by user.name with maxspan=1h [user.name: svc-quill] [user.name: svc-quill]",
                     {},
                     {}});
  return queries;
}

}  // namespace vedette::bench
