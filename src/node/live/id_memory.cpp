#include "live/id_memory.hpp"

#include <utility>

#include "vedette/base/hash.hpp"

namespace vedette::node {

void AppendTicket::when_settled(std::function<void(bool)> call) {
  std::unique_lock lock(mutex_);
  if (state_ == State::open) {
    calls_.push_back(std::move(call));
    return;
  }
  const bool stored = state_ == State::stored;
  lock.unlock();
  call(stored);
}

void AppendTicket::settle(bool stored) {
  std::vector<std::function<void(bool)>> calls;
  {
    std::lock_guard lock(mutex_);
    state_ = stored ? State::stored : State::refused;
    calls.swap(calls_);
  }
  for (const auto& call : calls) call(stored);
}

std::array<std::uint64_t, 2> IdMemory::key_of(std::string_view scope, std::string_view id) {
  const std::uint64_t seed = base::hash64(scope, 1);
  return {base::hash64(id, seed), base::hash64(id, ~seed)};
}

IdMemory::Entry* IdMemory::find(const std::array<std::uint64_t, 2>& key) {
  for (Generation* generation : {&newer_, &older_}) {
    if (const auto found = generation->find(key); found != generation->end()) return &found->second;
  }
  return nullptr;
}

void IdMemory::insert(const std::array<std::uint64_t, 2>& key, Entry entry) {
  if (newer_.size() >= half_) {
    older_ = std::exchange(newer_, {});
  }
  newer_.insert_or_assign(key, std::move(entry));
}

IdMemory::Answer IdMemory::remember(std::string_view scope, std::string_view id, std::uint64_t bytes_hash,
                                    const TicketPtr& ticket, bool may_replace) {
  const auto key = key_of(scope, id);
  std::lock_guard lock(mutex_);
  Entry* known = find(key);
  if (!known) {
    insert(key, {bytes_hash, ticket});
    return {};
  }
  if (known->bytes_hash == bytes_hash) return {Known::same, known->ticket};
  const Answer answer{Known::different, known->ticket};
  if (may_replace) *known = {bytes_hash, ticket};
  return answer;
}

void IdMemory::restore(std::string_view scope, std::string_view id, std::uint64_t bytes_hash) {
  std::lock_guard lock(mutex_);
  insert(key_of(scope, id), {bytes_hash, nullptr});
}

void IdMemory::forget(std::string_view scope, std::string_view id, const TicketPtr& ticket) {
  const auto key = key_of(scope, id);
  std::lock_guard lock(mutex_);
  for (Generation* generation : {&newer_, &older_}) {
    const auto found = generation->find(key);
    if (found != generation->end() && found->second.ticket == ticket) generation->erase(found);
  }
}

}  // namespace vedette::node
