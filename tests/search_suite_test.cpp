// The cases of tests/search, each computed by SQLite (tools/make_search_cases.py), on a data folder in every
// state a store can be in: unsealed, sealed, in tiny blocks, after a restart, with everything encoded between
// roles, while parts are merged, and while other events arrive.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/json_events.hpp"
#include "vedette/base/files.hpp"
#include "vedette/node/data_folder.hpp"
#include "vedette/query/query.hpp"
#include "vedette/report/rows.hpp"

namespace vedette {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string file, query;
  bool ordered = false;
  std::vector<std::string> rows;
};

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  const std::vector<std::string> files = base::list_files("tests/search", {".test"}).value();
  for (const std::string& path : files) {
    std::ifstream in(path);
    std::string line;
    while (std::getline(in, line)) {
      if (line.empty()) continue;
      Case next{path, line, false, {}};
      while (std::getline(in, line) && line != "----") next.ordered |= line == "ordered";
      while (std::getline(in, line) && !line.empty()) next.rows.push_back(line);
      cases.push_back(std::move(next));
    }
  }
  return cases;
}

std::string cell(const model::Event& event, const std::string& column) {
  const model::Value* value = event.find(model::intern(column));
  double number = 0;
  if (!value || value->is_null()) {
    return column == "@timestamp" && event.time() != 0 ? base::format_rfc3339(event.time()) : "null";
  }
  if (value->kind() == model::ValueKind::boolean) return value->as_boolean() ? "1" : "0";
  if (value->kind() == model::ValueKind::real && model::number_of(*value, number) &&
      number != std::floor(number)) {
    return fmt::format("{:.6g}", number);
  }
  return report::cell_text(event, column);
}

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "vedette-search-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class SearchSuite : public ::testing::Test {
 protected:
  void open(std::uint32_t block_rows = 8192, bool force_serialization = false) {
    node::DataOptions options;
    options.folder = folder_.path() + "/data";
    options.block_rows = block_rows;
    options.force_serialization = force_serialization;
    options.report = [](const std::string& sentence) { ADD_FAILURE() << sentence; };
    auto data = node::DataFolder::open(options);
    ASSERT_TRUE(data.ok()) << data.error().message;
    data_ = std::move(data).value();
  }

  void append(const std::shared_ptr<const model::EventBatch>& batch) {
    const auto offset = data_->bus().append_and_wait(node::kEventsTopic, batch);
    ASSERT_TRUE(offset.ok()) << offset.error().message;
    const base::Status there = data_->wait_for(*offset + batch->size());
    ASSERT_TRUE(there.ok()) << there.error().message;
  }

  // In batches of `lines` events, so that parts and blocks of several batches come about.
  void append_events(std::size_t lines) {
    const std::string text = base::read_file("tests/search/events.ndjson").value();
    std::istringstream in(text);
    std::string line, batch;
    std::size_t count = 0;
    while (std::getline(in, line)) {
      batch += line + "\n";
      if (++count % lines == 0) append(test::events_of_json(std::exchange(batch, {})));
    }
    if (!batch.empty()) append(test::events_of_json(batch));
  }

  void check_all(const model::TimeRange& range = {}) {
    static const std::vector<Case> cases = read_cases();
    ASSERT_GT(cases.size(), 300u);
    for (const Case& one : cases) check(one, range);
  }

  void check(const Case& one, const model::TimeRange& range) {
    const query::Parsed parsed = query::parse(one.query, {});
    ASSERT_TRUE(parsed.query) << one.query << "\n"
                              << (parsed.diagnostics.empty()
                                      ? ""
                                      : query::render(parsed.diagnostics[0], one.query));
    query::RunOptions options;
    options.range = range;
    std::vector<std::string> columns, rows;
    query::Output output;
    output.on_header = [&](const query::Header& header) { columns = header.columns; };
    output.on_rows = [&](const std::shared_ptr<const model::EventBatch>& batch) {
      for (std::size_t row = 0; row < batch->size(); ++row) {
        std::string line;
        for (const std::string& column : columns)
          line += (line.empty() ? "" : " | ") + cell((*batch)[row], column);
        rows.push_back(std::move(line));
      }
      return true;
    };
    const auto result = query::run(*parsed.query, data_->store(), options, output, {});
    ASSERT_TRUE(result.ok()) << one.query << ": " << result.error().message;
    EXPECT_EQ(result->cut, model::Cut::none) << one.query;
    std::vector<std::string> expected = one.rows;
    if (!one.ordered) {
      std::sort(rows.begin(), rows.end());
      std::sort(expected.begin(), expected.end());
    }
    EXPECT_EQ(rows, expected) << one.file << ": " << one.query;
  }

  Folder folder_;
  std::unique_ptr<node::DataFolder> data_;
};

TEST_F(SearchSuite, Unsealed) {
  open();
  append_events(100);
  check_all();
}

TEST_F(SearchSuite, Sealed) {
  open();
  append_events(100);
  ASSERT_TRUE(data_->seal().ok());
  check_all();
}

TEST_F(SearchSuite, TinyBlocksAfterRestart) {
  open(8);
  append_events(50);
  ASSERT_TRUE(data_->stop().ok());
  data_.reset();
  open(8);
  check_all();
}

TEST_F(SearchSuite, ForcedSerialization) {
  open(8192, true);
  append_events(33);
  check_all();
}

TEST_F(SearchSuite, WhilePartsAreMerged) {
  open(8);
  const std::string text = base::read_file("tests/search/events.ndjson").value();
  std::istringstream in(text);
  std::string line, batch;
  std::size_t count = 0;
  while (std::getline(in, line)) {
    batch += line + "\n";
    if (++count % 40 != 0) continue;
    append(test::events_of_json(std::exchange(batch, {})));
    ASSERT_TRUE(data_->seal().ok());
  }
  std::atomic<bool> done{false};
  std::thread merger([&] {
    while (!done) {
      static_cast<void>(data_->store().compact({}));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  check_all();
  done = true;
  merger.join();
}

TEST_F(SearchSuite, WhileOtherEventsArrive) {
  open(64);
  append_events(100);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> appended{0};
  std::thread writer([&] {
    while (!done) {
      const auto noise = test::events_of_json(
          R"({"@timestamp":"2026-12-24T18:00:00Z","n":7,"user.name":"alice","event.dataset":"noise","bytes":1})"
          "\n");
      appended += data_->bus().append_and_wait(node::kEventsTopic, noise).ok();
    }
  });
  model::TimeRange range;
  range.to = base::parse_iso8601("2026-12-01T00:00:00Z").value();
  check_all(range);
  done = true;
  writer.join();
  EXPECT_GT(appended, 0u);
}

}  // namespace
}  // namespace vedette
