#include "elasticsearch/contexts.hpp"

#include <algorithm>
#include <random>

#include "vedette/base/text.hpp"

namespace vedette::api::es {
namespace {

std::string random_id() {
  std::random_device device;
  std::string bytes;
  for (int i = 0; i < 24; ++i) bytes += static_cast<char>(device() & 0xff);
  return base::hex_encode(bytes);
}

}  // namespace

void Contexts::drop_expired(base::TimeNs now) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.expires <= now; });
}

std::string Contexts::add(std::shared_ptr<OpenContext> context, base::TimeNs now, base::TimeNs keep_alive) {
  const std::lock_guard lock(mutex_);
  drop_expired(now);
  if (entries_.size() >= most_) return {};
  std::string id = random_id();
  entries_[id] = {std::move(context), now + keep_alive};
  return id;
}

std::shared_ptr<OpenContext> Contexts::find(const std::string& id, base::TimeNs now,
                                            base::TimeNs keep_alive) {
  const std::lock_guard lock(mutex_);
  drop_expired(now);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return nullptr;
  if (keep_alive > 0) at->second.expires = std::max(at->second.expires, now + keep_alive);
  return at->second.context;
}

bool Contexts::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return entries_.erase(id) > 0;
}

std::size_t Contexts::remove_all(bool scrolls) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(
      entries_, [&](const auto& entry) { return (entry.second.context->search != nullptr) == scrolls; });
}

}  // namespace vedette::api::es
