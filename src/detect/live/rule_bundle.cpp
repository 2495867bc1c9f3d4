#include "live/rule_bundle.hpp"

#include <string_view>
#include <unordered_map>

namespace vedette::detect {
namespace {

// A share says something once so many events were timed, and harms if the rule takes so long an event.
constexpr std::uint64_t kLeastSamples = 256;
constexpr std::uint64_t kLeastCostPerEvent = 1'000;  // ns

template <typename AnyRule>
std::vector<std::int64_t> same_ids(const std::vector<AnyRule>& rules, const std::vector<AnyRule>& old) {
  std::unordered_map<std::string_view, std::int64_t> by_id;
  for (std::size_t i = 0; i < old.size(); ++i) by_id.emplace(old[i].info->id, static_cast<std::int64_t>(i));
  std::vector<std::int64_t> same;
  for (const AnyRule& rule : rules) {
    const auto it = by_id.find(rule.info->id);
    same.push_back(it == by_id.end() ? -1 : it->second);
  }
  return same;
}

RuleState state_of(const std::shared_ptr<const model::RuleInfo>& shared_info, std::string cannot_fire,
                   const RuleCounters& counters) {
  const model::RuleInfo& info = *shared_info;
  RuleState state;
  state.info = shared_info;
  state.id = info.id;
  state.title = info.title;
  state.file = info.file;
  state.level = info.level;
  state.kind = cannot_fire.empty() ? RuleState::Kind::active : RuleState::Kind::cannot_fire;
  state.why = std::move(cannot_fire);
  state.hits = counters.get(RuleCounters::hits);
  state.alerts = counters.get(RuleCounters::alerts);
  state.suppressed = counters.get(RuleCounters::suppressed);
  state.excepted = counters.get(RuleCounters::excepted);
  return state;
}

// Those that are in the engine have a state already.
void add_disabled(const std::vector<std::shared_ptr<const model::RuleInfo>>& disabled,
                  std::vector<RuleState>& states) {
  if (disabled.empty()) return;
  std::unordered_map<std::string_view, std::size_t> known;
  for (std::size_t i = 0; i < states.size(); ++i) known.emplace(states[i].info->id, i);
  for (const auto& info : disabled) {
    const auto found = known.find(info->id);
    if (found == known.end()) states.push_back(state_of(info, {}, {}));
    (found == known.end() ? states.back() : states[found->second]).kind = RuleState::Kind::disabled;
  }
}

}  // namespace

RuleBundle::RuleBundle(LiveRules live_rules, base::TimeNs lateness, std::size_t threads)
    : rules(std::move(live_rules)),
      plan(std::make_shared<CorrelationPlan>(rules.engine, lateness)),
      filter(rules.exceptions, *rules.engine),
      correlation_matcher(filter),
      of_rule(set().rules.size()),
      of_correlation(set().correlations.size()) {
  for (std::size_t i = 0; i < threads; ++i) workers.push_back(std::make_unique<Worker>(*this));
}

void RuleBundle::prepare_like(const RuleBundle& old) const {
  rules.engine->prepare_like(*old.rules.engine);
  filter.prepare_like(*old.rules.engine);
}

void RuleBundle::find_same(std::shared_ptr<const RuleBundle> old) {
  same_rule_ = same_ids(set().rules, old->set().rules);
  same_correlation_ = same_ids(set().correlations, old->set().correlations);
  seen_ = std::move(old);
}

void RuleBundle::take_counters(const RuleBundle& old) {
  const std::shared_ptr<const RuleBundle> seen = std::move(seen_);
  if (seen.get() != &old) return;
  for (std::uint32_t r = 0; r < same_rule_.size(); ++r) {
    if (same_rule_[r] < 0) continue;
    const auto from = static_cast<std::uint32_t>(same_rule_[r]);
    for (int kind = 0; kind < RuleCounters::evaluations; ++kind) {
      const auto which = static_cast<RuleCounters::Kind>(kind);
      of_rule[r].add(which, old.of_rule[from].get(which));
    }
    of_rule[r].add(RuleCounters::evaluations, old.evaluations(from));
    of_rule[r].add(RuleCounters::cost_ns, old.cost_ns(from));
  }
  for (std::uint32_t c = 0; c < same_correlation_.size(); ++c) {
    if (same_correlation_[c] < 0) continue;
    for (int kind = 0; kind < RuleCounters::kinds; ++kind) {
      const auto which = static_cast<RuleCounters::Kind>(kind);
      of_correlation[c].add(which,
                            old.of_correlation[static_cast<std::size_t>(same_correlation_[c])].get(which));
    }
  }
}

std::uint64_t RuleBundle::evaluations(std::uint32_t rule) const {
  std::uint64_t sum = of_rule[rule].get(RuleCounters::evaluations);
  for (const auto& worker : workers) sum += worker->costs.evaluations(rule);
  return sum;
}

std::uint64_t RuleBundle::cost_ns(std::uint32_t rule) const {
  std::uint64_t sampled = 0;
  for (const auto& worker : workers) sampled += worker->costs.sampled_ns(rule);
  return of_rule[rule].get(RuleCounters::cost_ns) + sampled * RuleCosts::kSampleEvery;
}

bool RuleBundle::costly(std::uint32_t rule) const {
  std::uint64_t events = 0, all = 0, own = 0;
  for (const auto& worker : workers) {
    events += worker->costs.sampled_events();
    all += worker->costs.sampled_ns();
    own += worker->costs.sampled_ns(rule);
  }
  return events >= kLeastSamples && own >= events * kLeastCostPerEvent &&
         static_cast<double>(own) > kCostlyShare * static_cast<double>(all);
}

std::vector<RuleState> RuleBundle::states() const {
  std::vector<RuleState> states;
  for (std::uint32_t r = 0; r < set().rules.size(); ++r) {
    RuleState& state =
        states.emplace_back(state_of(set().rules[r].info, rules.engine->cannot_fire(r), of_rule[r]));
    state.evaluations = evaluations(r);
    state.cost_ns = cost_ns(r);
    state.costly = costly(r);
  }
  for (std::uint32_t c = 0; c < set().correlations.size(); ++c) {
    states.push_back(
        state_of(set().correlations[c].info, rules.engine->correlation_cannot_fire(c), of_correlation[c]));
  }
  add_disabled(rules.disabled, states);
  for (const std::string& refused : rules.refused) {
    RuleState& state = states.emplace_back();
    state.kind = RuleState::Kind::error;
    state.why = refused;
  }
  return states;
}

}  // namespace vedette::detect
