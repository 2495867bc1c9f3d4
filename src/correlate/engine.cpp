#include "vedette/correlate/engine.hpp"

#include <algorithm>

#include "commands.hpp"
#include "links.hpp"
#include "members.hpp"
#include "report.hpp"
#include "snapshot.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::correlate {
namespace {

constexpr std::size_t kKeyBytes = 400;
constexpr std::size_t kMinEntities = 256;  // more than an alert can name

}  // namespace

struct Engine::State : EngineState {
  using EngineState::EngineState;
};

EngineState::EngineState(EngineOptions given)
    : options(std::move(given)),
      rules(std::max(options.max_open_entities, kMinEntities)),
      pairs(std::max(options.max_open_entities, kMinEntities)),
      entities(std::max(options.max_open_entities, kMinEntities)) {}

std::string joined_key(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (const std::string_view part : parts) {
    key += std::to_string(part.size());
    key += ':';
    key += part;
  }
  if (key.size() > kKeyBytes) return "#" + base::hash128_hex(key);
  return key;
}

std::string entity_key(std::string_view tenant, const model::Entity& entity) {
  const char kind = static_cast<char>('a' + static_cast<int>(entity.kind));
  return joined_key({std::string_view(&kind, 1), tenant, entity.value});
}

std::string incident_key(std::string_view tenant, std::string_view id) {
  return joined_key({tenant, id});
}

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

void Engine::add(const model::AlertRecord& alert) {
  add_alert(*state_, alert);
}

base::Status Engine::command(const model::IncidentCommand& command) {
  return do_command(*state_, command);
}

Changes Engine::take_changes() {
  return take_changes_of(*state_);
}

EngineCounts Engine::counts() const {
  EngineCounts counts = state_->counts;
  counts.open_members = state_->members.size();
  for (const auto& [touched, id] : state_->incident_order)
    counts.open_incidents += state_->clusters.at(id).open;
  counts.entities = state_->entities.size();
  state_->entities.each([&](const auto& node) { counts.super_nodes += is_super_node(node.value); });
  counts.evicted += state_->rules.evicted() + state_->pairs.evicted() + state_->entities.evicted();
  return counts;
}

std::string Engine::save() const {
  return save_state(*state_);
}

base::Status Engine::restore(std::string_view bytes) {
  auto fresh = std::make_unique<State>(state_->options);
  TRY(restore_state(*fresh, bytes));
  state_ = std::move(fresh);
  return base::ok_status();
}

void Engine::set_criticality(std::vector<Criticality> criticality) {
  state_->options.criticality = std::move(criticality);
}

}  // namespace vedette::correlate
