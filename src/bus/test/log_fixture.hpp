// A log in a temporary folder, and batches whose messages tell what they are.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "vedette/base/file_system.hpp"
#include "vedette/bus/log.hpp"
#include "vedette/model/event.hpp"

namespace vedette::bus {

inline const ports::TopicPartition kEvents{"events", 0};

using Message = std::pair<std::uint64_t, std::string>;  // sequence number, text
using Messages = std::vector<Message>;

inline std::shared_ptr<const model::EventBatch> batch(const std::string& text, int count,
                                                      const std::string& padding = {}) {
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"test"}));
  for (int i = 0; i < count; ++i) {
    builder.begin_row(static_cast<std::uint64_t>(i + 1));
    builder.add_copy(model::field::message, text + std::to_string(i));
    if (!padding.empty()) builder.add_copy(model::field::event_original, padding);
    builder.end_row();
  }
  return builder.finish();
}

inline void add_messages(const std::vector<ports::Record>& records, Messages& to) {
  for (const ports::Record& record : records) {
    EXPECT_EQ(record.batch->size(), record.count);
    for (std::size_t i = 0; i < record.batch->size(); ++i) {
      const model::Event event = (*record.batch)[i];
      EXPECT_EQ(event.sequence(), record.offset + i);
      to.emplace_back(event.sequence(), std::string(event.text(model::field::message)));
    }
  }
}

// All from `offset` on.
inline Messages messages(Log& log, std::uint64_t offset, const ports::TopicPartition& of = kEvents,
                         std::size_t max_bytes = 1 << 20) {
  Messages found;
  for (;;) {
    const auto records = log.read(of, offset, max_bytes, std::chrono::milliseconds(0));
    EXPECT_TRUE(records.ok()) << records.error().message;
    if (!records.ok() || records->empty()) break;
    add_messages(*records, found);
    offset = records->back().offset + records->back().count;
  }
  return found;
}

class LogFixture : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/vedette_bus_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    options_.folder = folder_ + "/log";
    options_.reserve_bytes = 0;
    options_.report = [this](const std::string& sentence) {
      std::lock_guard lock(mutex_);
      reports_.push_back(sentence);
    };
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Log> open(base::FileSystem& files = base::posix_file_system()) {
    auto log = Log::open(files, options_);
    EXPECT_TRUE(log.ok()) << log.error().message;
    return log.ok() ? std::move(log).value() : nullptr;
  }
  std::string topic_folder() const { return options_.folder + "/topics/events.0"; }
  std::vector<std::string> segments() const {
    std::vector<std::string> found;
    const auto names = base::posix_file_system().list(topic_folder());
    for (const std::string& name : names.value()) {
      if (name.ends_with(".seg")) found.push_back(topic_folder() + "/" + name);
    }
    return found;
  }

  std::string folder_;
  LogOptions options_;
  std::mutex mutex_;
  std::vector<std::string> reports_;  // guarded by mutex_
};

}  // namespace vedette::bus
