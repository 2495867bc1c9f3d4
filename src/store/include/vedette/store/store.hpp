// The embedded log store: a consumer of the bus that keeps events in columns and answers searches.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/base/result.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::store {

struct StoreOptions {
  std::string folder;
  bool read_only = false;             // another process may be writing
  std::uint32_t block_rows = 8192;    // tests use fewer
  std::uint64_t seal_rows = 262'144;  // rows not yet sealed at which all are sealed
  std::uint64_t seal_bytes = 512u << 20;
  std::uint64_t reserve_bytes = 512u << 20;  // below this much free space nothing is sealed or merged
  // Retention; 0: without bound. Whole days and whole parts are dropped, oldest first; pinned parts stay.
  base::TimeNs max_age = 0;
  std::uint64_t max_bytes = 0;
  std::vector<std::pair<std::string, base::TimeNs>> max_age_of;  // by dataset; before max_age
  std::function<void(const std::string&)> report;  // a sentence about something that went wrong or was mended
};

struct DatasetUse {
  std::string dataset, day;  // day as 2026-11-24
  std::uint64_t parts = 0, rows = 0, bytes = 0, raw_bytes = 0;
  base::TimeNs min_time = 0, max_time = 0;
};

struct StoreUse {
  std::vector<DatasetUse> datasets;  // sealed, by dataset and day
  std::uint64_t unsealed_rows = 0, unsealed_bytes = 0;
  std::uint64_t sealed_to = 0;           // every event with a smaller sequence number is sealed
  std::uint64_t next_sequence = 0;       // after the newest event known
  std::vector<std::string> quarantined;  // parts put aside because they are damaged
  std::vector<ports::FieldUse> conflicts;
};

// What is kept; 0: without bound. Whole days and whole parts are dropped, oldest first; pinned parts stay.
struct Retention {
  base::TimeNs max_age = 0;
  std::uint64_t max_bytes = 0;
  std::vector<std::pair<std::string, base::TimeNs>> max_age_of;  // by dataset; before max_age
};

// Thread safe; append and seal come from one thread at a time.
class Store : public ports::LogStore {
 public:
  // Opens or makes the folder: reads the manifest, opens its parts, quarantines damaged ones, removes files
  // of unfinished work. busy if another process has it open for writing.
  static base::Result<std::unique_ptr<Store>> open(base::FileSystem& files, StoreOptions options);

  // The sequence number from which on events must be appended again after an open (those before are sealed).
  virtual std::uint64_t sealed_to() const = 0;
  // Makes the events searchable at once; they are not durable here until sealed (the bus has them). Events
  // with a sequence number below the last one appended or sealed are skipped: replays write nothing twice.
  // Seals when the bounds of the options are reached; no_space leaves the events searchable and unsealed.
  virtual base::Status append(std::shared_ptr<const model::EventBatch> batch) = 0;
  // Seals everything that was appended: parts, then the manifest that lists them, each synced.
  virtual base::Status seal() = 0;
  // Read-only stores: takes up what the writer has sealed, merged and dropped since, and lets go of appended
  // rows that are sealed now. Nothing to do for others.
  virtual base::Status refresh() = 0;
  // Merges small parts of past seals, applies retention. Returns whether there may be more to do. From any
  // one thread, beside append and search.
  virtual base::Result<bool> maintain(const base::CancellationToken& cancellation) = 0;
  // Merges each day of each dataset to as few parts as can be.
  virtual base::Status compact(const base::CancellationToken& cancellation) = 0;

  // Drops what is beyond the bounds, whatever those of the options are; or only tells what that would be.
  struct Retained {
    std::vector<DatasetUse> dropped;  // by dataset and day
    std::uint64_t pinned_parts = 0;   // that stay although they are beyond
    std::uint64_t bytes = 0;          // that stay
  };
  virtual base::Result<Retained> retain(const Retention& retention, bool dry_run) = 0;

  // Parts that hold the rows with these sequence numbers stay until the pin is removed. Names are
  // [a-z0-9_-]+.
  virtual base::Status pin(const std::string& name, const std::vector<std::uint64_t>& sequences) = 0;
  virtual base::Status unpin(const std::string& name) = 0;

  virtual StoreUse use() const = 0;

  // Reads every part whole; damaged ones are named in the result, and quarantined if `repair`.
  virtual base::Result<std::vector<std::string>> verify(bool repair,
                                                        const base::CancellationToken& cancellation) = 0;

  // Copies what is not yet there to `folder`: parts (hard links are not used: it may be another disk), then a
  // manifest. Online. Unsealed events are not in it: seal first.
  struct BackupResult {
    std::uint64_t parts_copied = 0, parts_kept = 0, parts_removed = 0, bytes_copied = 0;
  };
  virtual base::Result<BackupResult> backup(const std::string& folder,
                                            const base::CancellationToken& cancellation) = 0;
};

// Makes a store in the empty or absent `folder` from a backup; every part is verified. The new store's
// sealed_to is that of the backup.
base::Status restore(base::FileSystem& files, const std::string& backup, const std::string& folder,
                     const base::CancellationToken& cancellation);

}  // namespace vedette::store
