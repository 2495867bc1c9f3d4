// IdMemory: which ids senders have used lately, so that a batch sent again stores nothing twice.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vedette::node {

// The append that brings an event to the log: its result is known later.
class AppendTicket {
 public:
  // Calls once, when it is known whether the append went well (at once if it is).
  void when_settled(std::function<void(bool stored)> call);
  void settle(bool stored);

 private:
  enum class State : std::uint8_t { open, stored, refused };
  std::mutex mutex_;  // guards what follows
  State state_ = State::open;
  std::vector<std::function<void(bool)>> calls_;
};
using TicketPtr = std::shared_ptr<AppendTicket>;

// The newest `capacity` ids (at least; up to twice as many), in two generations. Thread safe.
class IdMemory {
 public:
  explicit IdMemory(std::size_t capacity) : half_(capacity) {}

  enum class Known : std::uint8_t {
    no,         // new: it is remembered now, with the ticket
    same,       // the same id and bytes
    different,  // the same id over other bytes
  };
  struct Answer {
    Known known = Known::no;
    TicketPtr ticket;  // of the append that brought it first; nullptr: it is in the log
  };
  // `scope` is the dataset: ids are unique within one. Other bytes take the id over if `may_replace`.
  Answer remember(std::string_view scope, std::string_view id, std::uint64_t bytes_hash,
                  const TicketPtr& ticket, bool may_replace);
  // Of an event read back from the log.
  void restore(std::string_view scope, std::string_view id, std::uint64_t bytes_hash);
  // The append failed: the id is free again, if the ticket is the one that holds it.
  void forget(std::string_view scope, std::string_view id, const TicketPtr& ticket);

 private:
  struct Entry {
    std::uint64_t bytes_hash = 0;
    TicketPtr ticket;
  };
  struct KeyHash {
    std::size_t operator()(const std::array<std::uint64_t, 2>& key) const { return key[0]; }
  };
  using Generation = std::unordered_map<std::array<std::uint64_t, 2>, Entry, KeyHash>;

  static std::array<std::uint64_t, 2> key_of(std::string_view scope, std::string_view id);
  Entry* find(const std::array<std::uint64_t, 2>& key);
  void insert(const std::array<std::uint64_t, 2>& key, Entry entry);

  const std::size_t half_;
  std::mutex mutex_;  // guards what follows
  Generation newer_, older_;
};

}  // namespace vedette::node
