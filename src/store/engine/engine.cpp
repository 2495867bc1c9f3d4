#include "engine.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "search.hpp"

namespace vedette::store {

base::Result<std::unique_ptr<Store>> Store::open(base::FileSystem& files, StoreOptions options) {
  return open_store(files, std::move(options), {});
}

base::Result<std::unique_ptr<Store>> open_store(base::FileSystem& files, StoreOptions options,
                                                EngineTuning tuning) {
  auto engine = std::make_unique<StoreEngine>(files, std::move(options), std::move(tuning));
  TRY(engine->start());
  return std::unique_ptr<Store>(std::move(engine));
}

StoreEngine::StoreEngine(base::FileSystem& files, StoreOptions options, EngineTuning tuning)
    : files_(files),
      options_(std::move(options)),
      tuning_(std::move(tuning)),
      memory_(options_.block_rows),
      pins_(files, options_.folder + "/pins") {}

StoreEngine::~StoreEngine() = default;

base::Result<model::SearchResult> StoreEngine::search(const model::SearchRequest& request,
                                                      const model::RowSink& sink,
                                                      const base::CancellationToken& cancellation) const {
  const Snapshot now = snapshot();
  std::vector<std::shared_ptr<const Segment>> segments;
  for (const PartPtr& part : *now.parts) segments.push_back(part->reader);
  for (const auto& chunk : now.chunks) segments.push_back(chunk->segment());
  TRY_ASSIGN(auto result, search_segments(segments, request, sink, cancellation));
  std::lock_guard lock(state_mutex_);
  if (!quarantined_.empty()) {
    result.warnings.push_back(fmt::format(
        "{} damaged parts of the store are in quarantine and were not searched", quarantined_.size()));
  }
  return result;
}

base::Result<std::vector<ports::FieldUse>> StoreEngine::fields(const model::TimeRange& range) const {
  const Snapshot now = snapshot();
  std::map<std::string, ports::FieldUse, std::less<>> found;
  const auto add = [&](const Segment& segment) {
    const auto blocks = segment.blocks();
    if (std::none_of(blocks.begin(), blocks.end(), [&](const BlockInfo& block) {
          return block.min_time < range.to && block.max_time >= range.from;
        })) {
      return;
    }
    for (const FieldInfo& info : segment.fields()) {
      ports::FieldUse& use = found[std::string(model::name_of(info.field))];
      use.rows += info.rows;
      use.nulls += info.nulls;
      use.booleans += info.booleans;
      use.integers += info.integers;
      use.reals += info.reals;
      use.texts += info.texts;
      use.lists += info.lists;
    }
  };
  for (const PartPtr& part : *now.parts) add(*part->reader);
  for (const auto& chunk : now.chunks) add(*chunk->segment());
  std::vector<ports::FieldUse> uses;
  for (auto& [name, use] : found) {
    use.name = name;
    uses.push_back(std::move(use));
  }
  return uses;
}

std::uint64_t StoreEngine::sealed_to() const {
  std::lock_guard lock(state_mutex_);
  return sealed_to_;
}

bool StoreEngine::is_new(std::uint64_t sequence) const {
  return sequence >= next_sequence_ && !(sequence >= sealed_to_ && held_.contains(sequence));
}

base::Status StoreEngine::append(std::shared_ptr<const model::EventBatch> batch) {
  if (!batch || batch->empty()) return base::ok_status();
  const std::uint64_t bytes = bytes_of(*batch);
  bool full = false;
  {
    std::lock_guard lock(state_mutex_);
    std::vector<bool> keep(batch->size());
    std::size_t kept = 0;
    for (std::size_t row = 0; row < batch->size(); ++row) {
      const std::uint64_t sequence = (*batch)[row].sequence();
      keep[row] = is_new(sequence);
      kept += keep[row];
      if (sequence >= next_sequence_) next_sequence_ = sequence + 1;
    }
    const std::uint64_t share = bytes / batch->size() * kept;
    if (kept < batch->size()) batch = select_rows(batch, keep);
    if (kept > 0) memory_.add(std::move(batch), share);
    full = memory_.rows() >= options_.seal_rows || memory_.bytes() >= options_.seal_bytes;
  }
  return full && !options_.read_only ? seal() : base::ok_status();
}

base::Status StoreEngine::seal() {
  TRY(check_writable());
  return seal_rows();
}

base::Status StoreEngine::seal_rows() {
  SealJob job;
  std::uint64_t sealed_to = 0, bytes = 0;
  {
    std::lock_guard lock(state_mutex_);
    sealed_to = next_sequence_;
    bytes = memory_.bytes();
    if (memory_.rows() == 0 && sealed_to <= sealed_to_) return base::ok_status();
    for (const auto& chunk : memory_.chunks()) {
      job.batches.insert(job.batches.end(), chunk->batches().begin(), chunk->batches().end());
    }
    for (const PartPtr& part : *parts_) {
      job.datasets.insert(part->entry.name.dataset);
      job.groups.emplace(part->entry.name.day, part->entry.name.dataset);
    }
  }
  TRY(check_space(bytes / 4));
  job.options.block_rows = options_.block_rows;
  job.max_part_rows = tuning_.merge.max_part_rows;
  job.now = now();
  PartFiles out(files_, options_.folder, [this] { return take_number(); });
  TRY_ASSIGN(const SealOutcome outcome, write_rows(job, out));
  if (outcome.rows_to_other > 0) {
    report(fmt::format("{} events went to the dataset 'other', because the store has {} datasets already",
                       outcome.rows_to_other, kMaxDatasets));
  }
  if (outcome.rows_to_mixed > 0) {
    report(fmt::format("{} events of too many days and datasets were put into mixed parts",
                       outcome.rows_to_mixed));
  }
  return commit({out.parts(), {}, sealed_to, true}, &out);
}

base::Status StoreEngine::check_writable() const {
  if (!options_.read_only) return base::ok_status();
  return base::make_error(base::ErrorCode::invalid_argument, options_.folder + " is open for reading only");
}

// A free space that cannot be told does not stop the store: the writes will.
base::Status StoreEngine::check_space(std::uint64_t bytes) {
  const auto free = files_.free_bytes(options_.folder);
  if (!free.ok()) return base::ok_status();
  const bool scarce = *free < 2 * options_.reserve_bytes + bytes;
  bool warn = false;
  {
    std::lock_guard lock(state_mutex_);
    warn = scarce && !space_warned_;
    space_warned_ = scarce;
  }
  if (warn) {
    report(fmt::format("the disk of {} is nearly full: {} MB are free, below {} MB nothing is sealed",
                       options_.folder, *free >> 20, options_.reserve_bytes >> 20));
  }
  if (*free >= options_.reserve_bytes && *free - options_.reserve_bytes >= bytes) return base::ok_status();
  return base::make_error(
      base::ErrorCode::no_space,
      fmt::format("the disk of {} has {} MB left, too few to write parts", options_.folder, *free >> 20));
}

StoreEngine::Snapshot StoreEngine::snapshot() const {
  std::lock_guard lock(state_mutex_);
  return {parts_, memory_.chunks()};
}

std::shared_ptr<const PartSet> StoreEngine::parts() const {
  std::lock_guard lock(state_mutex_);
  return parts_;
}

std::uint64_t StoreEngine::take_number() {
  std::lock_guard lock(state_mutex_);
  return next_part_++;
}

base::TimeNs StoreEngine::now() const {
  if (tuning_.now) return tuning_.now();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void StoreEngine::report(const std::string& sentence) const {
  std::lock_guard lock(report_mutex_);
  if (options_.report) options_.report(sentence);
}

base::Status StoreEngine::pin(const std::string& name, const std::vector<std::uint64_t>& sequences) {
  TRY(check_writable());
  return pins_.pin(name, sequences);
}

base::Status StoreEngine::unpin(const std::string& name) {
  TRY(check_writable());
  return pins_.unpin(name);
}

StoreUse StoreEngine::use() const {
  StoreUse use;
  std::shared_ptr<const PartSet> parts;
  {
    std::lock_guard lock(state_mutex_);
    parts = parts_;
    use.unsealed_rows = memory_.rows();
    use.unsealed_bytes = memory_.bytes();
    use.sealed_to = sealed_to_;
    use.next_sequence = next_sequence_;
    use.quarantined = quarantined_;
  }
  use.datasets = use_of(*parts);
  for (const PartPtr& part : *parts) {
    use.next_sequence = std::max(use.next_sequence, part->entry.summary.max_sequence + 1);
  }
  const auto all = fields({});
  for (const ports::FieldUse& field : *all) {
    const int kinds = (field.booleans > 0) + (field.integers + field.reals > 0) + (field.texts > 0);
    if (kinds > 1) use.conflicts.push_back(field);
  }
  return use;
}

}  // namespace vedette::store
