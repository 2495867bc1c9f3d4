// The parts of the suite that take chances: random queries, threads, processes that are killed.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <iostream>
#include <limits>
#include <random>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "support/naive_records.hpp"
#include "support/record_store_suite.hpp"

namespace vedette::test {

namespace {

using ports::ColumnTest;
using ports::ColumnValue;
using ports::RecordQuery;
using ports::RecordWrite;

// Few values, so that there are ties, and the hard ones among them.
class RandomRecords {
 public:
  explicit RandomRecords(unsigned seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::string id() { return "r" + std::to_string(below(300)); }

  ColumnValue integer() {
    const std::int64_t large = std::int64_t{1} << 53;
    const std::int64_t values[] = {0,
                                   1,
                                   2,
                                   3,
                                   -7,
                                   large,
                                   large + 1,
                                   std::numeric_limits<std::int64_t>::max(),
                                   std::numeric_limits<std::int64_t>::min()};
    return values[below(std::size(values))];
  }
  ColumnValue real() {
    const double values[] = {0.0,      -0.0,      0.5,   1, 2, 2.5, -7.25, 9007199254740992.0,
                             HUGE_VAL, -HUGE_VAL, 1e-300};
    return values[below(std::size(values))];
  }
  ColumnValue text() {
    const std::string values[] = {
        "", "a", "A", "ab", "aB%", "b_", "10%", "'; --", "\\", "\xc3\xa4", "\xf0\x9f\x98\x80", "0"};
    return values[below(std::size(values))];
  }
  ColumnValue of_column(const std::string& column) {
    if (column == "id") return id();
    if (column == "size") return below(4) ? integer() : real();
    if (column == "weight") return below(4) ? real() : integer();
    return text();
  }
  std::string column() {
    const char* names[] = {"id", "size", "weight", "colour", "note"};
    return names[below(5)];
  }

  ports::Columns columns() {
    ports::Columns out;
    if (below(4)) out["size"] = integer();
    if (below(4)) out["weight"] = real();
    if (below(4)) out["colour"] = text();
    if (below(2)) out["note"] = text();
    return out;
  }

  ColumnTest test() {
    ColumnTest test;
    test.column = column();
    test.op = static_cast<ColumnTest::Op>(below(9));
    const bool is_text = test.column != "size" && test.column != "weight";
    if (test.op == ColumnTest::Op::contains && !is_text) test.op = ColumnTest::Op::at_least;
    const std::size_t count = test.op == ColumnTest::Op::absent ? 0
                              : test.op == ColumnTest::Op::in   ? below(4)
                                                                : 1;
    for (std::size_t i = 0; i < count; ++i) test.values.push_back(of_column(test.column));
    return test;
  }

  RecordQuery query() {
    RecordQuery query = things_query();
    for (std::uint64_t i = below(3); i > 0; --i) query.tests.push_back(test());
    query.order_by = column();
    query.descending = below(2) == 1;
    return query;
  }

 private:
  std::mt19937_64 random_;
};

std::string describe(const RecordQuery& query) {
  std::string out = "order " + query.order_by + (query.descending ? " descending" : "");
  for (const ColumnTest& test : query.tests) {
    out += "; " + test.column + " op " + std::to_string(static_cast<int>(test.op));
    for (const ColumnValue& value : test.values) {
      if (const auto* integer = std::get_if<std::int64_t>(&value)) out += " " + std::to_string(*integer);
      if (const auto* real = std::get_if<double>(&value)) out += " " + std::to_string(*real) + "r";
      if (const auto* text = std::get_if<std::string>(&value)) out += " '" + *text + "'";
    }
  }
  return out;
}

void write_naive(NaiveRecords& records, const RecordWrite& write) {
  if (write.kind == RecordWrite::Kind::remove) {
    records.erase(write.id);
    return;
  }
  ports::Record& record = records[write.id];
  record = {write.id, record.version + 1, write.document, write.columns};
}

std::string id_list(const std::vector<ports::Record>& records) {
  std::string out;
  for (const ports::Record& record : records) out += record.id + "/" + std::to_string(record.version) + " ";
  return out;
}

}  // namespace

TEST_P(RecordStoreSuite, AnswersAsAPlainMapDoes) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  RandomRecords random(seed);
  NaiveRecords naive;
  for (int round = 0; round < 8; ++round) {
    std::vector<RecordWrite> writes;
    for (int i = 0; i < 60; ++i) {
      writes.push_back(random.below(4) ? put_thing(random.id(), random.columns())
                                       : remove_thing(random.id()));
      write_naive(naive, writes.back());
    }
    apply(writes);
    for (int i = 0; i < 120; ++i) {
      const RecordQuery query = random.query();
      const auto expected = naive_find(naive, query);
      const auto limit = static_cast<std::uint32_t>(1 + random.below(random.below(2) ? 5 : 100));
      const auto got = all_pages(query, limit);
      ASSERT_EQ(id_list(got), id_list(expected)) << describe(query) << ", pages of " << limit;
      ASSERT_EQ(*store_->count(query), expected.size()) << describe(query);
      const std::string column = random.column();
      ASSERT_EQ(*store_->count_by(query, column, 10'000), naive_count_by(naive, query, column))
          << describe(query) << " by " << column;
    }
  }
}

TEST_P(RecordStoreSuite, NoUpdateIsLostAmongThreads) {
  constexpr int kThreads = 8, kRecords = 4, kUpdates = 25;
  std::vector<RecordWrite> first;
  for (int i = 0; i < kRecords; ++i)
    first.push_back(put_thing("c" + std::to_string(i), {{"size", std::int64_t{0}}}));
  apply(first);
  std::atomic<int> conflicts{0}, failures{0};
  const auto increment = [&](const std::string& id) {
    while (true) {
      const auto got = store_->get("things", id);
      if (!got.ok() || !got->has_value()) return void(++failures);
      const auto size = std::get<std::int64_t>((*got)->columns.at("size"));
      const auto done = store_->apply(std::vector{put_thing(id, {{"size", size + 1}}, (*got)->version)});
      if (done.ok()) return;
      if (done.error().code != base::ErrorCode::busy) return void(++failures);
      ++conflicts;
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kUpdates; ++i) increment("c" + std::to_string((i + t) % kRecords));
    });
  }
  std::atomic<bool> done{false};
  // What one call sees is of one moment.
  std::thread reader([&] {
    while (!done) {
      const auto page = store_->find(things_query());
      failures += !page.ok() || page->records.size() != kRecords;
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  reader.join();
  EXPECT_EQ(failures, 0);
  std::int64_t sum = 0;
  for (const ports::Record& record : all_pages(things_query(), 100)) {
    sum += std::get<std::int64_t>(record.columns.at("size"));
    EXPECT_EQ(record.version,
              static_cast<std::uint64_t>(std::get<std::int64_t>(record.columns.at("size"))) + 1);
  }
  EXPECT_EQ(sum, kThreads * kUpdates);
}

// A child writes pairs of records and says which are acknowledged; then it is killed.
TEST_P(RecordStoreSuite, WhatWasAcknowledgedOutlivesAKill) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  std::set<std::string> acknowledged;
  for (int round = 0; round < 5; ++round) {
    store_.reset();
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto store = GetParam().open(folder_.path(), suite_collections());
      for (std::uint32_t i = 0; store.ok(); ++i) {
        const std::string id = std::to_string(round) + "." + std::to_string(i);
        if (!(*store)->apply(std::vector{put_thing(id + "a", {}), put_thing(id + "b", {})}).ok()) break;
        if (::write(ends[1], (id + "\n").data(), id.size() + 1) < 0) break;
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    std::string out;
    char buffer[4096];
    const auto read_some = [&] {
      const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
      if (got > 0) out.append(buffer, static_cast<std::size_t>(got));
      return got > 0;
    };
    EXPECT_TRUE(read_some());  // it writes
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120));
    ::kill(child, SIGKILL);
    while (read_some()) continue;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
    for (std::size_t at = 0, end; (end = out.find('\n', at)) != std::string::npos; at = end + 1) {
      acknowledged.insert(out.substr(at, end - at));
    }
    reopen();
    std::set<std::string> kept;
    for (const ports::Record& record : all_pages(things_query(), 10'000)) kept.insert(record.id);
    for (const std::string& id : acknowledged) {
      EXPECT_TRUE(kept.contains(id + "a") && kept.contains(id + "b")) << id;
    }
    // Both of a pair, or none.
    for (const std::string& id : kept) {
      EXPECT_TRUE(kept.contains(id.substr(0, id.size() - 1) + (id.back() == 'a' ? "b" : "a"))) << id;
    }
  }
  EXPECT_GT(acknowledged.size(), 5u);
}

}  // namespace vedette::test
