// Follows files and hands over what they hold, each byte once: the work of the listener "files".
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "listeners/batcher.hpp"
#include "listeners/file_tail.hpp"
#include "listeners/file_watcher.hpp"
#include "listeners/path_glob.hpp"
#include "listeners/tail_state.hpp"
#include "vedette/base/logger.hpp"

namespace vedette::ingest {

struct TailInput {
  std::vector<std::string> paths, exclude;
  std::string format = "auto";
  LineRules rules;
  bool start_at_end = false;             // of files that are there at the first start
  std::chrono::seconds ignore_older{0};  // files not written for so long; 0: none
};

struct TailerOptions {
  std::string listener = "files";
  std::vector<TailInput> inputs;
  std::string state_folder;
  std::uint64_t max_events_per_second = 0;
  std::chrono::milliseconds poll_interval{1000};
  std::chrono::milliseconds settle{1000};  // so long a copy or a compressed file must rest before it is read
  std::chrono::milliseconds checkpoint_interval{1000};
  std::chrono::milliseconds join_timeout{2000};          // lines wait so long for what might be joined
  std::chrono::milliseconds partial_line_after{30'000};  // a line without its end is taken then
  std::chrono::milliseconds leave_after{60'000};         // a file that was renamed out of sight
  std::chrono::milliseconds close_after{300'000};        // without a change; it is opened again at the next
  std::size_t max_open_files = 1000;
  std::size_t max_states = 10'000;  // of files that are gone; the oldest are forgotten
};

class Tailer {
 public:
  Tailer(TailerOptions options, ports::Intake& intake, base::Metrics& metrics, base::Logger& log,
         std::shared_ptr<Outbox> outbox);
  ~Tailer();  // ends the thread; what was acknowledged since the last checkpoint is told again next time

  base::Status start();
  // Reads no more, waits for answers, writes the checkpoints.
  void drain(std::chrono::milliseconds deadline);

 private:
  using Kind = TailKind;
  struct Entry {
    TailState state;
    const TailInput* input = nullptr;
    bool live = false;    // there is a file; otherwise kept to recognise copies
    bool listed = false;  // seen in the last scan
    bool dirty = true;    // may hold something new
    std::uint64_t size = 0;
    std::int64_t modified = 0;
    SteadyTime changed{};  // when it was last seen to grow
    TailMark handed_over;  // beyond state.mark
    std::string head;      // the first bytes, if they are known
    std::unique_ptr<LineTail> tail;
    std::vector<std::uint64_t> chunks;  // of evtx: hashes of the headers of chunks that were handed over
    SourcePtr source;
    SourceCounters counters;
  };
  using InodeKey = std::pair<std::uint64_t, std::uint64_t>;
  struct Resting {
    std::uint64_t size = 0;
    SteadyTime since{};
    bool seen = false;
  };
  struct Original {
    std::uint64_t entry = 0;
    TailMark mark;
  };

  void run();
  bool read_all();
  // scan: tailer_scan.cpp
  void load();
  void find_renamed();
  void scan();
  void see(const FoundFile& file, const TailInput& input, bool first);
  void see_again(Entry& entry, const FoundFile& file);
  std::uint64_t add(const FoundFile& file, const TailInput& input, Kind kind);
  void leave(std::uint64_t number, Entry& entry);
  void leave_vanished();
  void forget_oldest();
  bool rested(const FoundFile& file);
  std::optional<Original> find_original(const TailFile& file, const std::string& path,
                                        const std::string& head, std::uint64_t size, bool& may_be);
  static bool may_be_rotated(const TailState& original, const TailMark& mark, const std::string& path);
  void see_compressed(const FoundFile& file, const TailInput& input);
  // lines: tailer_lines.cpp
  bool open(std::uint64_t number, Entry& entry);
  std::uint64_t renew(std::uint64_t number);
  bool read_lines(std::uint64_t number);
  void close_idle();
  struct Out {
    BatchWriter writer;
    TailMark mark;
  };
  void repeat_header(std::uint64_t number, Entry& entry, std::string_view head);
  void add_record(std::uint64_t number, Entry& entry, Out& out, const TailRecord& record);
  void hand_over(std::uint64_t number, Entry& entry, Out& out);
  LineCutter::Flush flush_of(const Entry& entry, bool grew) const;
  // tailer_whole.cpp
  void read_compressed(const FoundFile& file, const TailInput& input, std::uint64_t begun);
  std::optional<Original> find_compressed_original(const FoundFile& file);
  bool read_evtx(std::uint64_t number);

  bool wait_for_room();
  void take_acks();
  void save();

  const TailerOptions options_;
  ports::Intake& intake_;
  base::Logger& log_;
  ListenerCounters counters_;
  const std::shared_ptr<Outbox> outbox_;
  RateLimit rate_;
  const std::shared_ptr<AckLedger> ledger_ = std::make_shared<AckLedger>();
  TailStates states_;
  FileWatcher watcher_;
  std::atomic<bool> stop_{false};
  std::thread thread_;

  // Of the thread alone, as is all below.
  std::map<std::uint64_t, Entry> entries_;
  std::map<InodeKey, std::uint64_t> by_inode_;  // of live ones
  std::map<std::string, Resting> resting_;
  std::uint64_t last_number_ = 0;
  bool first_start_ = false;
  bool must_save_ = false;  // before anything is read
  bool should_save_ = false;
  SteadyTime saved_{}, scanned_{};
};

}  // namespace vedette::ingest
