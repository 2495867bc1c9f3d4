// What the tests of the engine share: a folder in memory, events that tell what they are, and what a store
// holds.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/engine.hpp"
#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"

namespace vedette::store {

inline constexpr base::TimeNs kTestDay = 20'000 * kNsPerDay;  // 2024-10-04

// Events with the sequence numbers [from, to): three datasets, `days` days, times out of order.
inline std::shared_ptr<const model::EventBatch> events(std::uint64_t from, std::uint64_t to, int days = 2,
                                                       int datasets = 3) {
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"test"}));
  for (std::uint64_t sequence = from; sequence < to; ++sequence) {
    builder.begin_row(sequence + 7);
    builder.add_copy(model::field::message, "event " + std::to_string(sequence));
    builder.add_copy(model::field::event_dataset,
                     "set" + std::to_string(sequence % static_cast<unsigned>(datasets)));
    const auto mixed = static_cast<base::TimeNs>(sequence * 7919 % 1000);
    builder.set_time(kTestDay +
                     static_cast<base::TimeNs>(sequence % static_cast<unsigned>(days)) * kNsPerDay +
                     mixed * base::kNsPerSecond);
    builder.set_sequence(sequence);
    builder.end_row();
  }
  return builder.finish();
}

class EngineFixture : public ::testing::Test {
 protected:
  EngineFixture() {
    options_.folder = "/store";
    options_.block_rows = 8;
    options_.reserve_bytes = 0;
    options_.report = [this](const std::string& sentence) {
      std::lock_guard lock(reports_mutex_);
      reports_.push_back(sentence);
    };
    tuning_.merge.max_part_rows = 64;
    tuning_.merge.fan = 4;
    tuning_.now = [this] { return now_; };
  }

  std::unique_ptr<Store> open(base::FileSystem& files) {
    auto store = open_store(files, options_, tuning_);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? std::move(store).value() : nullptr;
  }
  std::unique_ptr<Store> open() { return open(memory_); }

  // Sequence numbers of all rows, ascending; messages are compared.
  static std::vector<std::uint64_t> held(const Store& store) {
    model::SearchRequest request;
    request.limit = model::SearchRequest::kAll;
    request.threads = 1;
    std::vector<std::uint64_t> found;
    const auto result = store.search(request,
                                     [&](const std::shared_ptr<const model::EventBatch>& batch) {
                                       for (std::size_t i = 0; i < batch->size(); ++i) {
                                         const model::Event event = (*batch)[i];
                                         EXPECT_EQ(event.text(model::field::message),
                                                   "event " + std::to_string(event.sequence()));
                                         EXPECT_EQ(event.position(), event.sequence() + 7);
                                         found.push_back(event.sequence());
                                       }
                                       return true;
                                     },
                                     {});
    EXPECT_TRUE(result.ok()) << result.error().message;
    if (result.ok()) {
      EXPECT_EQ(result->total, found.size());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  static std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> all;
    for (; from < to; ++from) all.push_back(from);
    return all;
  }
  static std::uint64_t parts(const Store& store) {
    std::uint64_t count = 0;
    for (const DatasetUse& dataset : store.use().datasets) count += dataset.parts;
    return count;
  }
  static void maintain_all(Store& store) {
    for (;;) {
      const auto more = store.maintain({});
      ASSERT_TRUE(more.ok()) << more.error().message;
      if (!*more) return;
    }
  }
  // Paths of the part files below the folder.
  static std::vector<std::string> part_files(base::FileSystem& files, const std::string& folder) {
    std::vector<std::string> found;
    const auto names = files.list(folder);
    if (!names.ok()) return found;
    for (const std::string& name : *names) {
      if (name.ends_with(".vpart") || name.ends_with(".tmp")) {
        found.push_back(folder + "/" + name);
      } else {
        const auto below = part_files(files, folder + "/" + name);
        found.insert(found.end(), below.begin(), below.end());
      }
    }
    return found;
  }
  bool reported(const std::string& words) {
    std::lock_guard lock(reports_mutex_);
    return std::any_of(reports_.begin(), reports_.end(),
                       [&](const std::string& s) { return s.find(words) != std::string::npos; });
  }

  test::MemoryFileSystem memory_;
  StoreOptions options_;
  EngineTuning tuning_;
  base::TimeNs now_ = kTestDay + 10 * kNsPerDay;
  std::mutex reports_mutex_;
  std::vector<std::string> reports_;
};

}  // namespace vedette::store
