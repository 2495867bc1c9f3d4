// A data folder: the log and the store of one machine, and the thread that feeds the one from the other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/ports/bus.hpp"
#include "vedette/store/store.hpp"

namespace vedette::node {

struct DataOptions {
  std::string folder;                 // with log/ and store/ below it
  bool sync = true;                   // acknowledged events are on the disk
  std::uint32_t block_rows = 8192;    // of the store, and
  std::uint64_t seal_rows = 262'144;  // when it seals; tests use fewer
  std::uint64_t log_segment_bytes = 128u << 20;
  // Retention of the store and of the log, as StoreOptions and bus::LogOptions have it; 0: without bound, and
  // for the log: nothing is kept that everyone has done with.
  base::TimeNs max_age = 0;
  std::uint64_t max_bytes = 0;
  std::vector<std::pair<std::string, base::TimeNs>> max_age_of;
  std::uint64_t reserve_bytes = 0;  // free space below which new events are refused; 0: the usual
  std::uint64_t log_retain_bytes = 0;
  std::uint64_t log_max_bytes = 0;
  bool force_serialization = false;  // tests: nothing passes from one role to another but encoded
  std::function<void(const std::string&)> report;  // a sentence about something that went wrong or was mended
};

// Where events go, in any role.
inline const ports::TopicPartition kEventsTopic{"events", 0};

// Open for writing: by one process at a time. Thread safe.
class DataFolder {
 public:
  // busy if another process writes to it.
  static base::Result<std::unique_ptr<DataFolder>> open(const DataOptions& options);
  ~DataFolder();  // as stop(), without its result

  ports::Bus& bus();
  store::Store& store();

  // Waits until the store holds every event below the sequence number, or says why it will not.
  base::Status wait_for(std::uint64_t sequence);
  // Waits until the store has all that the log has, seals it and commits.
  base::Status seal();
  // What is damaged in the log, read whole: a sentence each.
  std::vector<std::string> log_faults() const;
  // Feeds the store with all that the log has, seals, and commits. Nothing may be appended after.
  base::Status stop();

 private:
  DataFolder();
  struct State;
  std::unique_ptr<State> state_;
};

// Open for reading, while another process may be writing.
class DataReader {
 public:
  // not_found if there is no data folder.
  static base::Result<std::unique_ptr<DataReader>> open(const DataOptions& options);
  ~DataReader();

  // Takes what was written since: new parts, new events of the log. Not thread safe.
  base::Status catch_up();
  // The sequence number after the newest event that is known.
  std::uint64_t next_sequence() const;
  const store::Store& store() const;
  ports::Bus& bus();
  // Of what is sealed; again if the writer merges parts away meanwhile.
  base::Result<store::Store::BackupResult> backup(const std::string& folder,
                                                  const base::CancellationToken& cancellation);

 private:
  DataReader();
  struct State;
  std::unique_ptr<State> state_;
};

// Makes the data folder (empty or absent) from a backup of a store. The log begins after the newest event of
// it.
base::Status restore_data(const std::string& backup, const DataOptions& options,
                          const base::CancellationToken& cancellation);

}  // namespace vedette::node
