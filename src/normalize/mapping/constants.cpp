// Process-lifetime constants of mappings.
#include <mutex>
#include <unordered_set>

#include "mapping/compile.hpp"
#include "vedette/base/arena.hpp"

namespace vedette::normalize {
namespace {

struct Constants {
  std::mutex mutex;  // guards everything below
  base::Arena arena;
  std::unordered_set<std::string_view> texts;
};

// Never destroyed: events that point into it may be alive during shutdown.
Constants& constants() {
  static auto* const instance = new Constants;
  return *instance;
}

}  // namespace

std::string_view permanent(std::string_view text) {
  Constants& all = constants();
  const std::lock_guard lock(all.mutex);
  const auto found = all.texts.find(text);
  return found != all.texts.end() ? *found : *all.texts.insert(all.arena.copy(text)).first;
}

model::Value permanent_list(const std::vector<model::Value>& values) {
  Constants& all = constants();
  const std::lock_guard lock(all.mutex);
  const std::span<model::Value> list = all.arena.allocate_array<model::Value>(values.size());
  std::copy(values.begin(), values.end(), list.begin());
  return model::Value::list(list);
}

}  // namespace vedette::normalize
