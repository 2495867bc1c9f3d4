// Every case of tests/query/pipeline/*.case, run with stages pushed into the store and without: events, a
// query and the rows of its answer.
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "naive_store.hpp"
#include "parse.hpp"
#include "pipeline/pipeline.hpp"

namespace vedette::query {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string name, query, expected;
};
struct CaseFile {
  std::string events;
  std::map<std::string, std::string> lookups;
  std::vector<Case> cases;
};

// "events:" and "file NAME:" begin blocks of lines; "case NAME:" a query (to the line "---") and the answer.
CaseFile read_cases(const fs::path& path) {
  CaseFile out;
  std::ifstream file(path);
  std::string line;
  std::string* into = nullptr;
  while (std::getline(file, line)) {
    if (line.starts_with("# ")) continue;
    if (line == "events:") {
      into = &out.events;
    } else if (line.starts_with("file ")) {
      into = &out.lookups[line.substr(5, line.size() - 6)];
    } else if (line.starts_with("case ")) {
      out.cases.push_back({line.substr(5, line.size() - 6), {}, {}});
      into = &out.cases.back().query;
    } else if (line == "---") {
      into = &out.cases.back().expected;
    } else if (into && !(line.empty() && into != &out.cases.back().expected)) {
      if (!line.empty()) *into += line + "\n";
    }
  }
  return out;
}

void append_row(std::string& out, const model::Event& event, const Header& header) {
  if (header.columns.empty()) {
    model::append_json(out, event);
    out += '\n';
    return;
  }
  base::Arena arena;
  for (std::size_t c = 0; c < header.columns.size(); ++c) {
    if (c > 0) out += " | ";
    model::append_json(out, read_field(event, model::intern(header.columns[c]), arena));
  }
  out += '\n';
}

std::string answer(const CaseFile& file, const std::string& text, PushDown push_down, std::size_t batch) {
  test::NaiveStore store(file.events);
  store.rows_per_batch = batch;
  base::Diagnostics diagnostics;
  ParseOptions parse;
  parse.now = base::parse_iso8601("2026-01-02T00:00:00Z").value();
  const auto query = parse_query(text, parse, diagnostics);
  if (!query) return "parse error: " + render(diagnostics.at(0), text);
  RunOptions options;
  options.read_lookup = [&](const std::string& name) -> base::Result<std::string> {
    const auto it = file.lookups.find(name);
    if (it == file.lookups.end()) return base::make_error(base::ErrorCode::not_found, "no such file");
    return it->second;
  };
  std::string out;
  Header header;
  Output output;
  output.on_header = [&](const Header& h) {
    header = h;
    for (std::size_t c = 0; c < h.columns.size(); ++c) out += (c > 0 ? " | " : "") + h.columns[c];
    if (!h.columns.empty()) out += '\n';
  };
  output.on_rows = [&](const Batch& rows) {
    for (std::size_t i = 0; i < rows->size(); ++i) append_row(out, (*rows)[i], header);
    return true;
  };
  const auto result = run_plan(*query, store, options, output, {}, push_down);
  if (!result) return "error: " + result.error().message + "\n";
  for (const std::string& warning : result->warnings) out += "warning: " + warning + "\n";
  if (result->cut != model::Cut::none) out += "cut: " + result->cut_reason + "\n";
  return out;
}

TEST(PipelineCases, AllWaysGiveTheAnswer) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator("tests/query/pipeline")) {
    if (entry.path().extension() != ".case") continue;
    const CaseFile file = read_cases(entry.path());
    for (const Case& c : file.cases) {
      SCOPED_TRACE(entry.path().filename().string() + ": " + c.name + ": " + c.query);
      const std::string query = c.query.substr(0, c.query.size() - 1);
      EXPECT_EQ(answer(file, query, PushDown::yes, 3), c.expected) << "pushed down";
      EXPECT_EQ(answer(file, query, PushDown::no, 3), c.expected) << "on rows";
      EXPECT_EQ(answer(file, query, PushDown::no, 1), c.expected) << "on rows, row by row";
      ++cases;
    }
  }
  EXPECT_GE(cases, 40);
}

class Planned : public ::testing::Test {
 protected:
  Plan plan(const std::string& text, std::uint64_t limit = model::SearchRequest::kAll) {
    base::Diagnostics diagnostics;
    const auto query = parse_query(text, {}, diagnostics);
    CHECK(query.has_value());
    options_.limit = limit;
    return make_plan(*query, options_, PushDown::yes);
  }
  RunOptions options_;
};

TEST_F(Planned, FieldsThatLaterStagesNeed) {
  EXPECT_EQ(plan("| eval x = lower(user.name) | stats count() by x").request.fields,
            std::vector<std::string>{"user.name"});
  EXPECT_EQ(plan("a:1 | keep b, c*").request.fields, (std::vector<std::string>{"b", "c*"}));
  EXPECT_TRUE(plan("| eval x = lower(user.name)").request.fields.empty());
  EXPECT_EQ(plan("| where length(a) == 1 | stats count()").request.fields, std::vector<std::string>{"a"});
}

TEST_F(Planned, StatsBecomeGroups) {
  const Plan grouped = plan(
      "user.name:a | stats n = count(), s = sum(bytes) by host.name, t = bucket(@timestamp, 5m) | sort n "
      "desc | limit 3");
  ASSERT_TRUE(grouped.grouped);
  EXPECT_EQ(grouped.pushed, 3u);
  EXPECT_EQ(grouped.request.limit, 0u);
  ASSERT_EQ(grouped.request.groups.size(), 1u);
  EXPECT_EQ(grouped.request.groups[0].limit, 3u);
  EXPECT_EQ(grouped.request.groups[0].order.at(0).field, "n");
  EXPECT_EQ(grouped.request.groups[0].keys.at(1).interval, 300 * base::kNsPerSecond);
  EXPECT_FALSE(plan("| stats top(a, 3) by b").grouped);
  EXPECT_FALSE(plan("| stats sum(a + 1)").grouped);
  EXPECT_TRUE(plan("| top 5 a").grouped);
}

TEST_F(Planned, SortLimitAndRange) {
  const Plan sorted = plan("| sort a desc | limit 5 | keep a");
  EXPECT_EQ(sorted.request.sort.at(0).field, "a");
  EXPECT_EQ(sorted.request.limit, 5u);
  EXPECT_EQ(plan("| keep a", 7).request.limit, 7u);
  EXPECT_EQ(plan("| dedup a", 7).request.limit, model::SearchRequest::kAll);
  const Plan ranged = plan("@timestamp >= \"2026-01-01T00:00:00Z\" and a:1");
  EXPECT_EQ(ranged.request.range.from, base::parse_iso8601("2026-01-01T00:00:00Z").value());
  EXPECT_EQ(
      plan("a:1 | where b:2 and length(c) > 3").lines,
      (std::vector<std::string>{"filter: in the store", "where: in the store", "where (rest): on rows"}));
}

TEST(Pipeline, LimitStopsTheStore) {
  std::string events;
  for (int i = 0; i < 100; ++i)
    events += "{\"@timestamp\":\"2026-01-01T00:00:00Z\",\"a\":" + std::to_string(i % 50) + "}\n";
  const test::NaiveStore store(events);
  base::Diagnostics diagnostics;
  const auto query = parse_query("| dedup a | limit 2", {}, diagnostics);
  ASSERT_TRUE(query.has_value());
  ASSERT_TRUE(run(*query, store, {}, {}, {}).ok());
  EXPECT_LE(store.rows_given, 6u);
}

TEST(Pipeline, MemoryAndGroupsAreBounded) {
  std::string events;
  for (int i = 0; i < 2000; ++i)
    events += "{\"@timestamp\":\"2026-01-01T00:00:00Z\",\"a\":\"value " + std::to_string(i) + "\"}\n";
  const test::NaiveStore store(events);
  for (const char* text : {"| eval b = upper(a) | stats count() by b", "| eval b = upper(a) | sort b",
                           "| eval b = upper(a) | dedup b"}) {
    base::Diagnostics diagnostics;
    const auto query = parse_query(text, {}, diagnostics);
    ASSERT_TRUE(query.has_value());
    RunOptions options;
    options.limits.max_memory = 20'000;
    const auto result = run(*query, store, options, {}, {});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->cut, model::Cut::memory) << text;
    EXPECT_FALSE(result->cut_reason.empty());
  }
  base::Diagnostics diagnostics;
  const auto query = parse_query("| eval b = upper(a) | stats count() by b", {}, diagnostics);
  RunOptions options;
  options.limits.max_groups = 10;
  const auto result = run(*query, store, options, {}, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->cut, model::Cut::groups);
}

TEST(Pipeline, LiveQueries) {
  const test::NaiveStore store("{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n");
  const Parsed good = parse("a:2 | eval c = upper(b) | keep c", {});
  ASSERT_TRUE(good.query);
  auto live = LiveQuery::create(good.query, {});
  ASSERT_TRUE(live.ok());
  const Batch rows = (*live)->filter(store.events());
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].text(model::intern("c")), "Y");
  EXPECT_EQ((*live)->header().columns, std::vector<std::string>{"c"});
  const Parsed bad = parse("a:2 | stats count()", {});
  ASSERT_TRUE(bad.query);
  const auto refused = LiveQuery::create(bad.query, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::unsupported);
  EXPECT_EQ(refused.error().message.substr(0, 5), "stats");
}

}  // namespace
}  // namespace vedette::query
