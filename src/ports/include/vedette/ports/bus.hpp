// Bus: the append-only, partitioned log that joins the roles (design section 4).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/event.hpp"

namespace vedette::ports {

struct TopicPartition {
  std::string topic;  // [a-z0-9_-]{1,64}
  std::uint32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

// A record holds `count` items (events) and takes as many offsets: item i has offset + i. The first offset of
// a partition is 1.
struct Record {
  std::uint64_t offset = 0;                        // of its first item
  std::uint32_t count = 0;                         // at least 1
  std::int64_t appended = 0;                       // when it was written, ns since the epoch
  std::shared_ptr<const model::EventBatch> batch;  // sequence numbers are offsets
};

// Thread safe. Implementations: src/bus (embedded), adapters/kafka.
class Bus {
 public:
  using Acknowledge = std::function<void(base::Result<std::uint64_t>)>;  // the offset of the first item

  virtual ~Bus() = default;

  // Hands the batch (not empty) over; `done` is called once, from a thread of the bus, when the log has it
  // durably or has refused it. Blocks only while the bus is behind (bounded bytes in flight).
  // Refusals: no_space (nothing of the batch will ever be read), io, cancelled (closing).
  virtual void append(const TopicPartition& to, std::shared_ptr<const model::EventBatch> batch,
                      Acknowledge done) = 0;
  // The same, waiting for the answer.
  base::Result<std::uint64_t> append_and_wait(const TopicPartition& to,
                                              std::shared_ptr<const model::EventBatch> batch);

  // Records from the one that holds `offset` on (0: from the first held), in order, at most about `max_bytes`
  // of them (at least one if there is any). Waits up to `wait` for the first; empty when none came. Only
  // durable records are seen. Items before `offset` in the first record are the reader's to skip. not_found
  // with the first offset still there in the message if retention took `offset`; corrupt data is skipped,
  // counted and reported by the implementation, never returned.
  virtual base::Result<std::vector<Record>> read(const TopicPartition& from, std::uint64_t offset,
                                                 std::size_t max_bytes, std::chrono::milliseconds wait) = 0;

  // First offset still held, and the one after the last item there is. The next item gets `end`, or a later
  // offset if the bus was not closed in order.
  struct Bounds {
    std::uint64_t begin = 0, end = 0;
  };
  virtual base::Result<Bounds> bounds(const TopicPartition& of) = 0;

  // Consumer groups: the offset up to which (exclusive) a group has done its work; 0 if it never committed.
  // Durable when commit returns. Retention never removes what some group has not committed, unless the
  // stated maximum of bytes forces it (counted and reported).
  virtual base::Status commit(const std::string& group, const TopicPartition& of, std::uint64_t offset) = 0;
  virtual base::Result<std::uint64_t> committed(const std::string& group, const TopicPartition& of) = 0;
};

}  // namespace vedette::ports
