// What the tests of parts share: a file system in memory, random events, comparison.
#pragma once

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "part.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/model/event.hpp"

namespace vedette::store {

using Batch = std::shared_ptr<const model::EventBatch>;

// Only what parts need; not thread safe.
class MemoryFiles final : public base::FileSystem {
 public:
  std::map<std::string, std::shared_ptr<std::string>> files;
  std::uint64_t room = std::numeric_limits<std::uint64_t>::max();  // a write beyond it fails

  class OpenFile final : public base::File {
   public:
    OpenFile(std::shared_ptr<std::string> bytes, std::uint64_t room)
        : bytes_(std::move(bytes)), room_(room) {}
    base::Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const override {
      if (offset >= bytes_->size()) return std::size_t{0};
      return bytes_->copy(to, size, offset);
    }
    base::Status write_at(std::uint64_t offset, std::string_view bytes) override {
      if (offset + bytes.size() > room_) return base::make_error(base::ErrorCode::no_space, "full");
      if (offset + bytes.size() > bytes_->size()) bytes_->resize(offset + bytes.size());
      bytes_->replace(offset, bytes.size(), bytes);
      return base::ok_status();
    }
    base::Status truncate(std::uint64_t size) override {
      bytes_->resize(size);
      return base::ok_status();
    }
    base::Status sync() override { return base::ok_status(); }
    base::Result<std::uint64_t> size() const override { return std::uint64_t{bytes_->size()}; }
    std::string_view map(std::uint64_t) override { return {}; }

   private:
    std::shared_ptr<std::string> bytes_;
    std::uint64_t room_;
  };

  base::Result<std::unique_ptr<base::File>> open(const std::string& path, Open mode) override {
    auto found = files.find(path);
    if (found == files.end()) {
      if (mode != Open::create) return base::make_error(base::ErrorCode::not_found, path);
      found = files.emplace(path, std::make_shared<std::string>()).first;
    }
    std::unique_ptr<base::File> file = std::make_unique<OpenFile>(found->second, room);
    return file;
  }
  base::Status remove(const std::string& path) override {
    files.erase(path);
    return base::ok_status();
  }
  base::Status rename(const std::string&, const std::string&) override { return base::ok_status(); }
  base::Status make_folders(const std::string&) override { return base::ok_status(); }
  base::Status sync_folder(const std::string&) override { return base::ok_status(); }
  base::Result<std::vector<std::string>> list(const std::string&) override {
    return std::vector<std::string>();
  }
  bool exists(const std::string& path) override { return files.count(path) > 0; }
  base::Result<std::uint64_t> free_bytes(const std::string&) override { return room; }
  base::Result<std::shared_ptr<void>> lock(const std::string&) override { return std::shared_ptr<void>(); }
};

inline bool same(const model::Value& a, const model::Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case model::ValueKind::null:
      return true;
    case model::ValueKind::boolean:
      return a.as_boolean() == b.as_boolean();
    case model::ValueKind::integer:
      return a.as_integer() == b.as_integer();
    case model::ValueKind::real:
      return std::bit_cast<std::uint64_t>(a.as_real()) == std::bit_cast<std::uint64_t>(b.as_real());
    case model::ValueKind::string:
      return a.as_string() == b.as_string();
    case model::ValueKind::list:
      return std::equal(a.as_list().begin(), a.as_list().end(), b.as_list().begin(), b.as_list().end(), same);
  }
  return false;
}

inline bool same(const model::Event& a, const model::Event& b) {
  const auto x = a.cells(), y = b.cells();
  return a.time() == b.time() && a.sequence() == b.sequence() && a.position() == b.position() &&
         a.source().path == b.source().path &&
         std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const model::Cell& c, const model::Cell& d) {
           return c.field == d.field && same(c.value, d.value);
         });
}

inline PartSummary write_part(base::FileSystem& files, const std::string& path,
                              const std::vector<Batch>& batches, std::uint32_t block_rows) {
  PartWriter writer(PartOptions{block_rows});
  for (const Batch& batch : batches) {
    for (std::uint32_t row = 0; row < batch->size(); ++row) writer.add(batch, row);
  }
  const auto summary = writer.finish(files, path);
  EXPECT_TRUE(summary.ok()) << (summary.ok() ? "" : summary.error().message);
  return summary.value();
}

inline std::shared_ptr<const PartReader> open_part(base::FileSystem& files, const std::string& path) {
  const auto reader = PartReader::open(files, path);
  EXPECT_TRUE(reader.ok()) << (reader.ok() ? "" : reader.error().message);
  return reader.ok() ? reader.value() : nullptr;
}

inline void expect_rows(const PartReader& part, const std::vector<Batch>& batches) {
  std::vector<model::Event> wanted;
  for (const Batch& batch : batches) {
    for (std::size_t row = 0; row < batch->size(); ++row) wanted.push_back((*batch)[row]);
  }
  ASSERT_EQ(part.summary().rows, wanted.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < part.blocks().size(); ++i) {
    auto block = part.open_block(i);
    ASSERT_TRUE(block.ok());
    const auto rows = rows_of(**block);
    ASSERT_TRUE(rows.ok()) << rows.error().message;
    ASSERT_EQ(rows.value()->size(), part.blocks()[i].rows);
    for (std::size_t row = 0; row < rows.value()->size(); ++row, ++at) {
      ASSERT_LT(at, wanted.size());
      std::string got, want;
      append_json(got, (*rows.value())[row]);
      append_json(want, wanted[at]);
      ASSERT_TRUE(same((*rows.value())[row], wanted[at])) << "row " << at << "\n" << got << "\n" << want;
    }
  }
  EXPECT_EQ(at, wanted.size());
}

// Builds batches of rows in order of time.
class RandomEvents {
 public:
  explicit RandomEvents(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  Batch batch(std::size_t rows);

 private:
  model::Value value(std::size_t column, base::Arena& arena);
  model::Value any(base::Arena& arena, bool lists);
  std::string text(std::size_t size);

  std::mt19937_64 random_;
  std::uint64_t sequence_ = 0;
  std::int64_t time_ = 1'700'000'000'000'000'000;
};

}  // namespace vedette::store
