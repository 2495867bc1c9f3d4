// A partition of a log that this process writes.
#pragma once

#include <deque>
#include <optional>

#include "partition.hpp"
#include "payload.hpp"

namespace vedette::bus {

struct PendingAppend {
  ports::TopicPartition to;
  std::shared_ptr<const model::EventBatch> batch;
  PackedRecord packed;
  ports::Bus::Acknowledge done;
};

// One thread writes; all else is thread safe.
class WrittenPartition final : public Partition {
 public:
  WrittenPartition(Context& context, std::string folder);
  ~WrittenPartition() override;

  // Recovers what is in the folder (nothing if there is no such folder). Never fails because of damage.
  base::Status open();
  // States where the log ended, so that the next open need not skip offsets.
  void close();

  // Gives the records their offsets and writes them, in order: durable, then visible to readers, then `done`
  // for each. After a failure the rest is refused, too.
  using Done = std::function<void(PendingAppend&, base::Result<std::uint64_t>)>;
  void write(std::span<PendingAppend*> group, const Done& done);

  base::Result<std::vector<ports::Record>> read(std::uint64_t offset, std::size_t max_bytes,
                                                std::chrono::milliseconds wait) override;

  // Removes segments; the groups hold records from offset `hold` on (none: no group is known).
  void retain(std::optional<std::uint64_t> hold);
  bool may_retain();

 private:
  struct Cached {
    ports::Record record;
    std::size_t raw_bytes = 0, cost = 0;
  };
  // Writing (one thread).
  base::Status prepare(std::uint64_t count, std::uint64_t bytes);
  base::Status reserve(std::uint64_t end);
  base::Status new_segment();
  base::Status write_unit(std::span<PendingAppend*> unit, base::TimeNs now);
  void roll_back(bool sync_failed);
  void give_up_active();
  void publish(std::span<PendingAppend*> unit, std::uint64_t bytes);
  void publish_mark();
  bool recover_newest();
  bool recover(const std::shared_ptr<Segment>& segment, std::uint64_t bytes);
  std::uint64_t recover_reserved();
  // Under mutex_.
  void cache(const PendingAppend& append);
  bool read_cache(std::uint64_t offset, std::size_t max_bytes, std::vector<ports::Record>& out) const;
  std::shared_ptr<Segment> removable(std::optional<std::uint64_t> hold, bool& forced) const;

  // Of the writing thread.
  std::shared_ptr<Segment> active_;   // null: the next record starts a new segment
  std::shared_ptr<base::File> file_;  // of active_
  std::uint64_t active_bytes_ = 0;    // durable ones
  std::uint64_t reserved_ = 0;
  bool folder_exists_ = false;
  std::string buffer_;

  std::mutex mark_mutex_;  // guards what follows
  std::unique_ptr<base::File> mark_file_;
  std::string last_mark_;

  std::deque<Cached> cache_;  // guarded by mutex_; all records from its first on
  std::size_t cache_cost_ = 0;
};

}  // namespace vedette::bus
