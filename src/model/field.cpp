#include "vedette/model/field.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "vedette/base/check.hpp"

namespace vedette::model {
namespace {

constexpr std::size_t kChunkNames = 4096;

constexpr std::string_view kKnownNames[] = {
#define VEDETTE_FIELD(identifier, name) name,
#include "vedette/model/known_fields.def"
#undef VEDETTE_FIELD
};

std::uint64_t hash_name(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

}  // namespace

struct FieldTable::State {
  using NameChunk = std::array<std::string_view, kChunkNames>;

  mutable std::shared_mutex mutex;  // guards ids and storage; names are published through `count`
  std::unordered_map<std::string_view, FieldId> ids;
  std::deque<std::string> storage;
  std::array<std::unique_ptr<NameChunk>, kMaxFields / kChunkNames> names;
  std::atomic<std::size_t> count{0};

  FieldId append(std::string_view name) {
    const std::size_t at = count.load(std::memory_order_relaxed);
    auto& chunk = names[at / kChunkNames];
    if (!chunk) chunk = std::make_unique<NameChunk>();
    const std::string_view stored = storage.emplace_back(name);
    (*chunk)[at % kChunkNames] = stored;
    const auto id = static_cast<FieldId>(at);
    ids.emplace(stored, id);
    count.store(at + 1, std::memory_order_release);
    return id;
  }
};

FieldTable::FieldTable() : state_(new State) {
  state_->ids.reserve(8192);
  for (std::string_view name : kKnownNames) state_->append(name);
  CHECK(state_->ids.size() == std::size(kKnownNames));
}

FieldTable& FieldTable::instance() {
  static FieldTable table;
  return table;
}

FieldId FieldTable::intern(std::string_view name) {
  if (name.size() > kMaxNameBytes) return field::overflow;
  {
    std::shared_lock lock(state_->mutex);
    if (auto it = state_->ids.find(name); it != state_->ids.end()) return it->second;
  }
  std::unique_lock lock(state_->mutex);
  if (auto it = state_->ids.find(name); it != state_->ids.end()) return it->second;
  if (state_->ids.size() >= kMaxFields) return field::overflow;
  return state_->append(name);
}

bool FieldTable::find(std::string_view name, FieldId& id) const {
  std::shared_lock lock(state_->mutex);
  const auto it = state_->ids.find(name);
  if (it == state_->ids.end()) return false;
  id = it->second;
  return true;
}

std::string_view FieldTable::name(FieldId id) const {
  const std::size_t at = index_of(id);
  CHECK(at < state_->count.load(std::memory_order_acquire));
  return (*state_->names[at / kChunkNames])[at % kChunkNames];
}

std::size_t FieldTable::size() const {
  return state_->count.load(std::memory_order_acquire);
}

FieldId FieldCache::intern(std::string_view name) {
  if ((used_ + 1) * 2 > slots_.size()) grow();
  const std::uint64_t hash = hash_name(name);
  for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    Slot& slot = slots_[at];
    if (slot.name.data() == nullptr) {
      const FieldId id = model::intern(name);
      if (id == field::overflow) return id;
      slot = {hash, name_of(id), id};
      ++used_;
      return id;
    }
    if (slot.hash == hash && slot.name == name) return slot.id;
  }
}

void FieldCache::grow() {
  std::vector<Slot> old = std::move(slots_);
  slots_.assign(old.empty() ? 512 : old.size() * 2, Slot{});
  for (const Slot& slot : old) {
    if (slot.name.data() == nullptr) continue;
    std::size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].name.data() != nullptr) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

}  // namespace vedette::model
