// Writes rows as parts: one or more for each day and dataset. Internal to the store.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "part_set.hpp"
#include "vedette/model/event.hpp"

namespace vedette::store {

// Days and datasets come from events, so an attacker may choose them. Past these bounds rows go to the
// dataset "other", and to the day "mixed".
inline constexpr std::size_t kMaxDatasets = 200;
inline constexpr std::size_t kMaxGroups = 16'384;  // days times datasets, in the store
inline constexpr std::size_t kMaxGroupsPerSeal = 256;

// Part files being written; removed again unless they are kept.
class PartFiles {
 public:
  PartFiles(base::FileSystem& files, std::string root, std::function<std::uint64_t()> next_number)
      : files_(files), root_(std::move(root)), next_number_(std::move(next_number)) {}
  PartFiles(const PartFiles&) = delete;
  PartFiles& operator=(const PartFiles&) = delete;
  ~PartFiles();

  base::Status write(PartWriter& writer, std::string day, std::string dataset, base::TimeNs sealed_at);
  // Makes the names of the files durable.
  base::Status sync_folders();
  const PartSet& parts() const { return parts_; }
  std::uint64_t bytes() const { return bytes_; }
  void keep() { kept_ = true; }

 private:
  base::FileSystem& files_;
  const std::string root_;
  const std::function<std::uint64_t()> next_number_;
  PartSet parts_;
  std::vector<std::string> paths_;
  std::set<std::string> folders_;
  std::uint64_t bytes_ = 0;
  bool kept_ = false;
};

struct SealJob {
  std::vector<std::shared_ptr<const model::EventBatch>> batches;
  std::set<std::string> datasets;                        // that the store has
  std::set<std::pair<std::string, std::string>> groups;  // (day, dataset) that the store has
  PartOptions options;
  std::uint64_t max_part_rows = kMaxPartRows;
  base::TimeNs now = 0;
};

struct SealOutcome {
  std::uint64_t rows_to_other = 0, rows_to_mixed = 0;  // because of the bounds
};

// Writes and syncs all rows of the job to `out`.
base::Result<SealOutcome> write_rows(const SealJob& job, PartFiles& out);

}  // namespace vedette::store
