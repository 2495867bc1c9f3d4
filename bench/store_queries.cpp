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
  // Each of its trigrams stands in nearly every block, so that filters rule nothing out.
  add("absent substring of common parts", "process.command_line ~ \"renderer --profile\"", 0);
  add("absent substring of raw text", "event.original ~ \"qzxnotthere\"", 0);
}

// JSONBench asks its five of Bluesky's events; kind, collection and did are event.action, event.dataset and
// user.name here (docs/benchmarks.md).
void add_json_bench(const StoreTruth& truth, std::vector<BenchQuery>& queries) {
  const auto add = [&](const char* name, const char* text, std::optional<std::uint64_t> rows = {}) {
    queries.push_back({std::string("JSONBench ") + name, text, rows, {}});
  };
  add("1: counts by kind", "| stats n = count() by event.dataset | sort n desc", truth.datasets.size());
  add("2: counts and distinct users by kind",
      "user.name: * | stats n = count(), users = count_distinct(user.name) by event.dataset | sort n desc");
  add("3: by hour of the day and kind",
      "event.dataset: (nginx.access or zeek.dns or windows.security) "
      "| eval h = hour(@timestamp) | stats n = count() by event.dataset, h | sort h, event.dataset",
      72);
  add("4: first event of users",
      "event.dataset: windows.security | stats t = min(@timestamp) by user.name | sort t | limit 3", 3);
  add("5: longest activity of users",
      "event.dataset: windows.security | stats a = min(@timestamp), b = max(@timestamp) by user.name "
      "| eval span = time_diff(a, b, \"s\") | sort span desc | limit 3",
      3);
}

class Analytics {
 public:
  explicit Analytics(std::vector<BenchQuery>& queries) : queries_(queries) {}
  // The first cell is `count`.
  void counted(const char* name, const char* text, std::uint64_t count) { add(name, text, 1, count); }
  void listed(const char* name, const char* text, std::optional<std::uint64_t> rows = {}) {
    add(name, text, rows, {});
  }

 private:
  void add(const char* name, const char* text, std::optional<std::uint64_t> rows,
           std::optional<std::uint64_t> count) {
    queries_.push_back({std::string("analytics: ") + name, text, rows, count});
  }
  std::vector<BenchQuery>& queries_;
};

void add_totals(const StoreTruth& truth, Analytics analytics) {
  analytics.counted("count of a filter", "http.response.status_code >= 500 | stats n = count()",
                    truth.server_errors);
  analytics.counted("sum and mean",
                    "| stats s = sum(http.response.body.bytes), a = avg(http.response.body.bytes)",
                    truth.body_bytes);
  analytics.listed("distinct users", "| stats d = count_distinct(user.name)", 1);
  analytics.counted("distinct users, exact", "| stats d = count_distinct_exact(user.name)", truth.users);
  analytics.counted("distinct addresses, exact", "| stats d = count_distinct_exact(source.ip)",
                    truth.addresses);
  analytics.listed("first and last time", "| stats a = min(@timestamp), b = max(@timestamp)", 1);
  analytics.counted("substring", "process.command_line ~ \"executionpolicy bypass\" | stats n = count()",
                    truth.bypasses);
  analytics.counted("prefix", "process.name: power* | stats n = count()", truth.power_processes);
  analytics.counted("regular expression", "process.command_line: /\\/ticket\\/[0-9]{8}/ | stats n = count()",
                    truth.tickets);
  analytics.counted("network", "source.ip: 10.21.0.0/16 | stats n = count()", truth.in_network);
  analytics.listed(
      "percentiles",
      "event.dataset: nginx.access | stats p50(http.response.body.bytes), p99(http.response.body.bytes)", 1);
}

void add_terms(const StoreTruth& truth, Analytics analytics) {
  analytics.listed("terms, low cardinality", "| stats n = count() by event.dataset", truth.datasets.size());
  analytics.listed("terms, 4,000 values", "| top 10 host.name", 10);
  analytics.listed("terms, 5,000 values", "| top 10 user.name", 10);
  analytics.listed("terms, 22,000 values", "| top 10 source.ip", 10);
  analytics.listed("terms, 60,000 numbers", "| top 10 source.port", 10);
  analytics.listed("terms, nearly unique", "| top 10 event.id", 10);
  analytics.listed("terms of a filter", "event.outcome: failure | top 10 user.name", 10);
  analytics.listed("two keys", "| stats n = count() by event.dataset, event.action | sort n desc | limit 10",
                   10);
  analytics.listed("two keys, high cardinality",
                   "event.dataset: fortinet.firewall | stats n = count() by source.ip, destination.port "
                   "| sort n desc | limit 10",
                   10);
  analytics.listed("distinct users by host",
                   "user.name: * | stats d = count_distinct(user.name) by host.name | sort d desc | limit 10",
                   10);
  analytics.listed("top talkers",
                   "event.dataset: fortinet.firewall | stats b = sum(source.bytes) by source.ip "
                   "| sort b desc | limit 10",
                   10);
}

void add_histograms(const StoreTruth& truth, Analytics analytics) {
  analytics.listed("date histogram, full", "| stats n = count() by bucket(@timestamp, 1h)", truth.hours);
  analytics.listed("date histogram, filtered",
                   "event.outcome: failure | stats n = count() by bucket(@timestamp, 1h)");
  analytics.listed("date histogram, by key", "| stats n = count() by bucket(@timestamp, 1d), event.dataset");
  analytics.counted("count in a filtered histogram",
                    "event.outcome: failure | stats n = count() by bucket(@timestamp, 1h) "
                    "| stats total = sum(n)",
                    truth.failures);
}

}  // namespace

std::vector<BenchQuery> store_queries(const StoreGenerator& generator, const StoreTruth& truth) {
  std::vector<BenchQuery> queries;
  queries.push_back({"count of everything", "| stats n = count()", 1, generator.rows()});
  queries.push_back({"newest 100", "| limit 100", 100, {}});
  queries.push_back({"newest 100 of a filter", "event.outcome: failure | limit 100", 100, {}});
  add_needles(generator, queries);
  add_json_bench(truth, queries);
  add_totals(truth, Analytics(queries));
  add_terms(truth, Analytics(queries));
  add_histograms(truth, Analytics(queries));
  queries.push_back({"sequence",
                     "| sequence by user.name with maxspan=1h [user.name: svc-quill] [user.name: svc-quill]",
                     4,  // two sequences of two events
                     {}});
  return queries;
}

}  // namespace vedette::bench
