// What is known of tailed files, kept on disk so that a restart goes on where the last acknowledged byte was.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::ingest {

// A place in a file, with the hash of the bytes just before it.
struct TailMark {
  std::uint64_t offset = 0;
  std::uint32_t tail_size = 0;
  std::uint64_t tail_hash = 0;
  bool whole = false;  // a compressed file, read to its end; offset is then its size on disk
};

inline constexpr std::size_t kHeadBytes = 1024;  // of the fingerprint
inline constexpr std::size_t kTailBytes = 256;

enum class TailKind : std::uint8_t { lines, compressed, evtx };

// One content of a file: from its creation or truncation on, through renames.
struct TailState {
  std::string identity;   // 32 hex digits; ids of records are made from it. A copy has that of its original
  std::string path;       // where it was found first
  std::string last_path;  // where it was seen last
  std::uint64_t device = 0, inode = 0;  // inode 0: the content is no more in a file of its own
  std::uint32_t head_size = 0;
  std::uint64_t head_hash = 0;  // of the first head_size bytes
  TailMark mark;                // all before it is durable
  TailKind kind = TailKind::lines;
  std::uint64_t shared_until = 0;  // of a copy: from there on it has ids of its own; 0: no copy
  std::int64_t seen = 0;           // seconds since the epoch
};

TailMark mark_at(std::uint64_t offset, std::string_view bytes_before);
bool head_matches(const TailState& state, std::string_view head);
// The id of the record at that offset.
std::string tail_record_id(const TailState& state, std::uint64_t offset, std::string_view text);

// The file of states. Not thread safe.
class TailStates {
 public:
  explicit TailStates(std::string folder) : folder_(std::move(folder)) {}
  // None without a file; corrupt: the file is set aside, as "....corrupt", and all begins anew.
  base::Result<std::vector<TailState>> load();
  // Durable when it returns.
  base::Status save(const std::vector<const TailState*>& states);

 private:
  std::string path() const { return folder_ + "/files.json"; }
  const std::string folder_;
};

// Which batches of which file were acknowledged. Thread safe.
class AckLedger {
 public:
  // In the order in which they are handed over; the answer names the ticket.
  std::uint64_t hand_over(std::uint64_t file, const TailMark& mark);
  void acknowledged(std::uint64_t file, std::uint64_t ticket);
  // The furthest marks of the files before which all is acknowledged, if they moved since the last call.
  std::map<std::uint64_t, TailMark> take();
  // Batches without an answer.
  std::size_t open(std::uint64_t file) const;

 private:
  struct Ticket {
    std::uint64_t number = 0;
    TailMark mark;
    bool done = false;
  };
  mutable std::mutex mutex_;  // guards what follows
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::deque<Ticket>> open_;
  std::map<std::uint64_t, TailMark> moved_;
};

}  // namespace vedette::ingest
