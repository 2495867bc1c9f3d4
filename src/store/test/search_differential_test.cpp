// Random searches over random events, against the plainest evaluator. VEDETTE_SEED sets the seed,
// VEDETTE_ROUNDS the number of rounds.
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "memory_segment.hpp"
#include "part_fixture.hpp"
#include "search.hpp"
#include "search_naive.hpp"
#include "search_random.hpp"

namespace vedette::store::test {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Data {
  Batches batches;
  MemoryFiles files;
  std::vector<std::shared_ptr<const Segment>> segments;
};

std::shared_ptr<const Segment> make_part(MemoryFiles& files, const std::string& name,
                                         const Batches& batches) {
  std::vector<std::pair<Batch, std::uint32_t>> rows;
  for (const Batch& batch : batches) {
    for (std::uint32_t row = 0; row < batch->size(); ++row) rows.emplace_back(batch, row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    const model::Event left = (*a.first)[a.second], right = (*b.first)[b.second];
    return std::pair(left.time(), left.sequence()) < std::pair(right.time(), right.sequence());
  });
  PartWriter writer(PartOptions{8});
  for (const auto& [batch, row] : rows) writer.add(batch, row);
  EXPECT_TRUE(writer.finish(files, name).ok());
  return open_part(files, name);
}

Data make_data(Random& random, std::uint64_t seed) {
  Data data;
  std::uint64_t next_sequence = 1;
  const int count = random.below(4) + 1;
  for (int i = 0; i < count; ++i) {
    Batches own = random_batches(random, next_sequence);
    data.batches.insert(data.batches.end(), own.begin(), own.end());
    const std::string name = "segment" + std::to_string(i);
    const int kind = random.below(4);
    data.segments.push_back(kind == 0   ? make_memory_segment(name, own, 8)
                            : kind == 1 ? make_part(data.files, name, own)
                                        : make_varied_segment(name, own, 8, seed));
  }
  return data;
}

struct Answer {
  model::SearchResult result;
  std::vector<std::string> rows;
  std::vector<model::Literal> cursor;  // after the last row, for sorts by time
};

Answer ask(const Data& data, const model::SearchRequest& request) {
  Answer answer;
  const model::RowSink sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      answer.rows.push_back(row_text((*batch)[i], {}));
      answer.cursor = {(*batch)[i].time(), (*batch)[i].time(),
                       static_cast<std::int64_t>((*batch)[i].sequence())};
    }
    return true;
  };
  const base::CancellationToken never;
  auto result = search_segments(data.segments, request, sink, never);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  if (result.ok()) answer.result = *result;
  return answer;
}

std::string cell_text(const model::Value& value, const std::string& expected) {
  if (!expected.empty() && expected[0] == '~') {
    double number = 0;
    EXPECT_EQ(value.kind(), model::ValueKind::real);
    number_of(value, number);
    const double wanted = std::strtod(expected.c_str() + 1, nullptr);
    if (std::abs(number - wanted) <= 1e-9 * (1 + std::abs(wanted))) return expected;
  }
  std::string out;
  append_json(out, value);
  return out;
}

void compare_table(const model::GroupTable& table, const NaiveTable& expected, const model::GroupBy& asked) {
  EXPECT_EQ(table.total_groups, expected.total_groups);
  EXPECT_EQ(table.total_rows, expected.total_rows);
  ASSERT_EQ(table.rows->size(), expected.groups.size());
  for (std::size_t i = 0; i < expected.groups.size(); ++i) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const model::Value* value = (*table.rows)[i].find(model::intern(table.columns[c]));
      const std::string& wanted = expected.groups[i].cells[c];
      EXPECT_EQ(value ? cell_text(*value, wanted) : "", wanted)
          << "group " << i << " column " << table.columns[c];
    }
    for (const model::Metric& metric : asked.metrics) {
      if (metric.kind != model::Metric::Kind::top_rows) continue;
      std::vector<std::string> rows;
      for (std::size_t r = 0; r < table.top_rows.at(i)->size(); ++r)
        rows.push_back(row_text((*table.top_rows[i])[r], {}));
      EXPECT_EQ(rows, expected.groups[i].top_rows);
    }
  }
}

void compare_answers(const Answer& answer, const NaiveAnswer& expected, const model::SearchRequest& request) {
  EXPECT_EQ(answer.rows, expected.rows);
  EXPECT_EQ(answer.result.cut, model::Cut::none);
  EXPECT_TRUE(answer.result.total_exact || !request.count_all);
  if (answer.result.total_exact) {
    EXPECT_EQ(answer.result.total, expected.total);
  } else {
    EXPECT_LE(answer.result.total, expected.total);
  }
  ASSERT_EQ(answer.result.groups.size(), expected.tables.size());
  for (std::size_t i = 0; i < expected.tables.size(); ++i) {
    compare_table(answer.result.groups[i], expected.tables[i], request.groups[i]);
  }
}

// Pages by a cursor give the same rows as one answer.
void compare_pages(const Data& data, model::SearchRequest request, const std::vector<std::string>& all) {
  request.offset = 0;
  request.limit = 7;
  request.groups.clear();
  std::vector<std::string> rows;
  for (;;) {
    const Answer page = ask(data, request);
    rows.insert(rows.end(), page.rows.begin(), page.rows.end());
    if (page.rows.size() < request.limit) break;
    request.after = page.cursor;
  }
  EXPECT_EQ(rows, all);
}

TEST(SearchDifferential, AnswersAsThePlainestEvaluator) {
  const std::uint64_t seed = from_environment("VEDETTE_SEED", std::random_device{}());
  const std::uint64_t rounds = from_environment("VEDETTE_ROUNDS", 400);
  std::printf("VEDETTE_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    Random random(seed + round);
    const Data data = make_data(random, seed + round);
    for (int i = 0; i < 8; ++i) {
      model::SearchRequest request = random_request(random);
      SCOPED_TRACE("VEDETTE_SEED=" + std::to_string(seed + round) + " request " + std::to_string(i) +
                   " filter " + describe(request.filter));
      const NaiveAnswer expected = answer_naively(data.batches, request);
      request.threads = random.one_in(3) ? 3 : 1;
      compare_answers(ask(data, request), expected, request);
      if (random.one_in(8)) {
        request.sort = {{"@timestamp", random.one_in(2), false}};
        request.limit = model::SearchRequest::kAll;
        request.offset = 0;
        compare_pages(data, request, answer_naively(data.batches, request).rows);
      }
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace vedette::store::test
