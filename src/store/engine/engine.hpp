// The store: unsealed rows, parts, the manifest, and the work on them. Internal to the store; its contract is
// vedette/store/store.hpp, its files are described in docs/formats/store.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "memtable.hpp"
#include "merge.hpp"
#include "part_set.hpp"
#include "pins.hpp"
#include "sequence_set.hpp"
#include "vedette/store/store.hpp"

namespace vedette::store {

// What only tests change.
struct EngineTuning {
  MergePolicy merge;
  base::TimeNs quiet = 600 * base::kNsPerSecond;  // without new parts, after which a day is taken as over
  std::function<base::TimeNs()> now;              // wall clock; empty: the system's
};

base::Result<std::unique_ptr<Store>> open_store(base::FileSystem& files, StoreOptions options,
                                                EngineTuning tuning);

// Locks are taken in this order: work, commit, state; none is held while rows are searched. append and seal
// take only the last two.
class StoreEngine : public Store {
 public:
  StoreEngine(base::FileSystem& files, StoreOptions options, EngineTuning tuning);
  ~StoreEngine() override;
  base::Status start();

  base::Result<model::SearchResult> search(const model::SearchRequest& request, const model::RowSink& sink,
                                           const base::CancellationToken& cancellation) const override;
  base::Result<std::vector<ports::FieldUse>> fields(const model::TimeRange& range) const override;

  std::uint64_t sealed_to() const override;
  base::Status append(std::shared_ptr<const model::EventBatch> batch) override;
  base::Status seal() override;
  base::Status refresh() override;
  base::Result<bool> maintain(const base::CancellationToken& cancellation) override;
  base::Status compact(const base::CancellationToken& cancellation) override;
  base::Result<Retained> retain(const Retention& retention, bool dry_run) override;
  base::Status pin(const std::string& name, const std::vector<std::uint64_t>& sequences) override;
  base::Status unpin(const std::string& name) override;
  StoreUse use() const override;
  base::Result<std::vector<std::string>> verify(bool repair,
                                                const base::CancellationToken& cancellation) override;
  base::Result<BackupResult> backup(const std::string& folder,
                                    const base::CancellationToken& cancellation) override;

 private:
  // A change of the set of parts.
  struct Change {
    PartSet add;
    std::set<std::uint64_t> remove;  // all of them must be there
    std::uint64_t sealed_to = 0;     // 0: as it is
    bool clears_memory = false;
  };
  struct Snapshot {
    std::shared_ptr<const PartSet> parts;
    std::vector<std::shared_ptr<const MemoryChunk>> chunks;
  };

  // recovery.cpp
  base::Status recover();
  base::Status recover_from_parts();
  std::vector<PartEntry> found_parts();
  base::Result<PartSet> open_listed(const Manifest& manifest, bool& changed);
  base::Status fail_if_not_damage(const base::Error& error);
  void put_aside(const PartName& name, const std::string& why);
  void remove_orphans(const PartSet& parts);
  void list_quarantine();
  SequenceSet sequences_from(std::uint64_t from, PartSet& parts, bool& changed);
  base::Result<PartPtr> open_found(PartEntry entry);
  base::Result<PartPtr> without_held(const PartPtr& part, const SequenceSet& held);

  // follow.cpp
  base::Result<PartSet> open_anew(const Manifest& manifest,
                                  std::vector<std::pair<PartName, std::string>>& unread);
  base::Status show_found();
  void show(PartSet parts, std::uint64_t sealed_to, SequenceSet held);

  // engine.cpp
  bool is_new(std::uint64_t sequence) const;
  base::Status seal_rows();
  base::Status check_writable() const;
  base::Status check_space(std::uint64_t bytes);
  Snapshot snapshot() const;
  std::shared_ptr<const PartSet> parts() const;
  std::uint64_t take_number();
  base::TimeNs now() const;
  void report(const std::string& sentence) const;
  std::string at(const std::string& path) const { return options_.folder + "/" + path; }

  // commit.cpp: writes the manifest with the change, then shows it to searches. `new_files` are kept when the
  // manifest on the disk may list them. Removed files go after it.
  base::Status commit(Change change, PartFiles* new_files);
  base::Status write_manifest(const std::string& bytes, PartFiles* new_files);
  void remove_files(const PartSet& parts);
  void remove_deferred();

  // maintain.cpp
  struct Expired {
    PartSet parts;
    std::uint64_t pinned = 0, bytes_left = 0;
  };
  Expired expired(const Retention& retention);
  base::Status apply_retention();
  base::Status drop(const PartSet& parts);
  base::Result<bool> merge_some(bool compact, const base::CancellationToken& cancellation);
  base::Result<bool> merge_inputs(const PartSet& inputs, const base::CancellationToken& cancellation);
  base::Result<bool> is_pinned(const Part& part);
  base::Status put_aside_damaged(const PartSet& parts, const base::CancellationToken& cancellation);

  base::FileSystem& files_;
  const StoreOptions options_;
  const EngineTuning tuning_;
  std::shared_ptr<void> lock_;

  std::mutex work_mutex_;  // one merge, retention or repair at a time

  std::mutex commit_mutex_;     // guards the following and the manifest file
  std::string manifest_bytes_;  // as on the disk; empty if not known
  int removals_held_ = 0;
  std::vector<std::string> removals_;

  mutable std::mutex state_mutex_;  // guards the following
  std::shared_ptr<const PartSet> parts_ = std::make_shared<PartSet>();
  mutable Memtable memory_;
  std::uint64_t sealed_to_ = 0, next_sequence_ = 0, next_part_ = 1;
  SequenceSet held_;  // sequence numbers from sealed_to_ on that parts hold
  std::vector<std::string> quarantined_;
  bool space_warned_ = false;

  PinBook pins_;
  bool pins_warned_ = false;  // guarded by work_mutex_
  mutable std::mutex report_mutex_;
};

}  // namespace vedette::store
