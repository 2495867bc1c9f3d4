// Limits, cancellation, damage and requests that make no sense.
#include <gtest/gtest.h>

#include "memory_segment.hpp"
#include "search.hpp"

namespace vedette::store {
namespace {

using model::Cut;
using model::SearchRequest;
using model::Value;

constexpr int kRows = 1000;

std::shared_ptr<const model::EventBatch> batch_of_rows() {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  for (int i = 0; i < kRows; ++i) {
    builder.begin_row(0);
    builder.set_time(1'700'000'000'000'000'000 + i * base::kNsPerSecond);
    builder.set_sequence(static_cast<std::uint64_t>(i) + 1);
    builder.add(model::intern("limits.number"), Value::integer(i));
    builder.add_copy(model::intern("limits.text"), std::string(100, 'x') + std::to_string(i));
    builder.end_row();
  }
  return builder.finish();
}

// Fails to read one field in one block.
class DamagedSegment : public Segment {
 public:
  DamagedSegment() : inner_(make_memory_segment("damaged", {batch_of_rows()}, 100)) {}
  std::string name() const override { return inner_->name(); }
  std::span<const BlockInfo> blocks() const override { return inner_->blocks(); }
  std::span<const FieldInfo> fields() const override { return inner_->fields(); }
  base::Result<std::unique_ptr<Block>> open_block(std::size_t index) const override {
    TRY_ASSIGN(auto block, inner_->open_block(index));
    if (index != 3) return block;
    return std::unique_ptr<Block>(std::make_unique<DamagedBlock>(std::move(block)));
  }

 private:
  class DamagedBlock : public Block {
   public:
    explicit DamagedBlock(std::unique_ptr<Block> inner) : inner_(std::move(inner)) {}
    std::uint32_t rows() const override { return inner_->rows(); }
    base::Result<std::span<const base::TimeNs>> times() override { return inner_->times(); }
    base::Result<std::span<const std::uint64_t>> sequences() override { return inner_->sequences(); }
    base::Result<const Column*> column(model::FieldId field) override {
      if (field != model::intern("limits.text")) return inner_->column(field);
      return base::make_error(base::ErrorCode::corrupt, "the checksum of a column is wrong");
    }
    base::Result<RowHead> head(std::uint32_t row) override { return inner_->head(row); }
    std::vector<model::FieldId> fields() const override { return inner_->fields(); }

   private:
    std::unique_ptr<Block> inner_;
  };
  std::shared_ptr<const Segment> inner_;
};

struct Outcome {
  base::Result<model::SearchResult> result;
  std::size_t rows = 0;
};

Outcome ask(const SearchRequest& request, std::shared_ptr<const Segment> segment = nullptr,
            bool cancelled = false) {
  if (!segment) segment = make_memory_segment("rows", {batch_of_rows()}, 100);
  base::CancellationToken token;
  if (cancelled) token.cancel();
  std::size_t rows = 0;
  auto result = search_segments(
      {segment}, request,
      [&](const auto& batch) {
        rows += batch->size();
        return true;
      },
      token);
  return {std::move(result), rows};
}

void expect_cut(const Outcome& outcome, Cut cut) {
  ASSERT_TRUE(outcome.result.ok());
  EXPECT_EQ(outcome.result->cut, cut);
  EXPECT_FALSE(outcome.result->cut_reason.empty());
  EXPECT_FALSE(outcome.result->total_exact);
}

SearchRequest grouped(const std::string& field) {
  SearchRequest request;
  request.limit = 0;
  model::GroupBy group;
  group.keys.push_back({});
  group.keys[0].name = "key";
  group.keys[0].field = field;
  group.metrics.push_back({});
  group.metrics[0].name = "count";
  request.groups.push_back(group);
  return request;
}

TEST(SearchLimits, RowsVisited) {
  SearchRequest request;
  request.filter.kind = model::Predicate::Kind::test;
  request.filter.test.field = "limits.number";
  request.filter.test.op = model::MatchOp::exists;
  request.limits.max_rows_visited = 350;
  request.limit = SearchRequest::kAll;
  request.threads = 1;
  const Outcome outcome = ask(request);
  expect_cut(outcome, Cut::rows);
  EXPECT_EQ(outcome.rows, 300u);
}

TEST(SearchLimits, Groups) {
  SearchRequest request = grouped("limits.number");
  request.limits.max_groups = 10;
  const Outcome outcome = ask(request);
  expect_cut(outcome, Cut::groups);
  EXPECT_LE(outcome.result->groups.at(0).rows->size(), 10u);
}

TEST(SearchLimits, MemoryOfGroups) {
  SearchRequest request = grouped("limits.text");
  request.limits.max_memory = 20'000;
  expect_cut(ask(request), Cut::memory);
}

TEST(SearchLimits, MemoryOfSortedRows) {
  SearchRequest request;
  request.sort = {{"limits.text", false, false}};
  request.limit = SearchRequest::kAll;
  request.limits.max_memory = 30'000;
  expect_cut(ask(request), Cut::memory);
}

TEST(SearchLimits, Timeout) {
  SearchRequest request;
  request.limits.timeout = 1;
  expect_cut(ask(request), Cut::time);
}

TEST(SearchLimits, Cancelled) {
  const Outcome outcome = ask(SearchRequest{}, nullptr, true);
  expect_cut(outcome, Cut::cancelled);
  EXPECT_EQ(outcome.rows, 0u);
}

TEST(SearchLimits, DamagedBlockIsNamedAndLeftOut) {
  SearchRequest request = grouped("limits.text");
  request.limit = SearchRequest::kAll;
  const Outcome outcome = ask(request, std::make_shared<DamagedSegment>());
  ASSERT_TRUE(outcome.result.ok());
  EXPECT_EQ(outcome.rows, 900u);
  EXPECT_EQ(outcome.result->groups.at(0).total_rows, 900u);
  EXPECT_FALSE(outcome.result->total_exact);
  ASSERT_EQ(outcome.result->warnings.size(), 1u);
  EXPECT_NE(outcome.result->warnings[0].find("damaged"), std::string::npos);
  EXPECT_NE(outcome.result->warnings[0].find("checksum"), std::string::npos);
}

TEST(SearchLimits, SinkStops) {
  SearchRequest request;
  request.limit = SearchRequest::kAll;
  const base::CancellationToken token;
  std::size_t calls = 0;
  const auto result = search_segments(
      {make_memory_segment("rows", {batch_of_rows()}, 100)}, request,
      [&](const auto&) {
        ++calls;
        return false;
      },
      token);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(calls, 1u);
  EXPECT_EQ(result->cut, Cut::none);
}

TEST(SearchLimits, EarlyStopLooksAtFewRows) {
  SearchRequest request;
  request.limit = 10;
  request.count_all = false;
  request.threads = 1;
  const Outcome outcome = ask(request);
  EXPECT_EQ(outcome.rows, 10u);
  EXPECT_LE(outcome.result->stats.rows_visited, 200u);
  EXPECT_FALSE(outcome.result->total_exact);
}

TEST(SearchLimits, TotalOfAllRowsComesFromHeaders) {
  SearchRequest request;
  request.limit = 0;
  const Outcome outcome = ask(request);
  EXPECT_EQ(outcome.result->total, 1000u);
  EXPECT_EQ(outcome.result->stats.rows_visited, 0u);
}

void expect_refused(const SearchRequest& request) {
  const Outcome outcome = ask(request);
  ASSERT_FALSE(outcome.result.ok());
  EXPECT_EQ(outcome.result.error().code, base::ErrorCode::invalid_argument);
}

TEST(SearchLimits, RequestsWithoutSense) {
  SearchRequest regex;
  regex.filter.kind = model::Predicate::Kind::test;
  regex.filter.test.field = "a";
  regex.filter.test.op = model::MatchOp::regex;
  regex.filter.test.text = "(";
  expect_refused(regex);

  SearchRequest width = grouped("limits.number");
  width.groups[0].keys[0].kind = model::GroupKey::Kind::number_bucket;
  expect_refused(width);
  width.groups[0].keys[0].kind = model::GroupKey::Kind::time_bucket;
  expect_refused(width);

  SearchRequest order = grouped("limits.number");
  order.groups[0].order.push_back({"nothing", false, false});
  expect_refused(order);

  SearchRequest percentile = grouped("limits.number");
  percentile.groups[0].metrics[0].kind = model::Metric::Kind::percentile;
  percentile.groups[0].metrics[0].field = "limits.number";
  percentile.groups[0].metrics[0].argument = 101;
  expect_refused(percentile);

  SearchRequest cursor;
  cursor.after = {std::int64_t{1}, std::int64_t{1}, std::int64_t{1}, std::int64_t{1}};
  expect_refused(cursor);

  SearchRequest deep;
  for (int i = 0; i < 2000; ++i) {
    model::Predicate around;
    around.kind = model::Predicate::Kind::negation;
    around.children.push_back(std::move(deep.filter));
    deep.filter = std::move(around);
  }
  expect_refused(deep);
}

}  // namespace
}  // namespace vedette::store
