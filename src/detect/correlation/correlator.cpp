#include "vedette/detect/correlator.hpp"

#include <algorithm>
#include <atomic>
#include <tuple>

#include "correlation/hits.hpp"
#include "correlation/window.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::detect {

std::string event_id(const model::Event& event) {
  return base::hash128_hex(event.source().path + '\0' + std::to_string(event.position()) + '\0' +
                           std::to_string(event.time()));
}

std::string alert_id(const model::RuleInfo& rule, std::string_view event_id) {
  return base::hash128_hex(rule.id + '\0' + std::string(event_id));
}

struct Correlator::State {
  State(const Engine& e, CorrelatorLimits l) : engine(e), limits(l), uses(e.rules()) {
    observations.resize(engine.rules().correlations.size());
  }

  void run(std::uint32_t correlation, std::vector<model::Alert>& alerts);
  std::vector<model::Alert> correlate(std::uint32_t correlation);
  void feed_outer(std::uint32_t inner, const model::Alert& alert);

  const Engine& engine;
  const CorrelatorLimits limits;
  const CorrelationUses uses;
  std::atomic<base::TimeNs> latest{INT64_MIN};
  std::mutex mutex;                                    // guards what follows
  std::vector<std::vector<Observation>> observations;  // by correlation
  std::size_t held = 0, held_bytes = 0, copied_bytes = 0;
  std::uint64_t dropped = 0, without_time = 0;
  std::vector<bool> done;
};

Correlator::Correlator(const Engine& engine, CorrelatorLimits limits)
    : state_(std::make_unique<State>(engine, limits)) {}
Correlator::~Correlator() = default;

bool Correlator::wants(std::uint32_t rule) const {
  return !state_->uses.of_rule[rule].empty();
}
std::uint64_t Correlator::dropped() const {
  return state_->dropped;
}
std::uint64_t Correlator::without_time() const {
  return state_->without_time;
}

void Correlator::add(const model::EventBatch& batch, const RuleHit& hit, const std::string& event_id) {
  const model::Event event = batch[hit.row];
  std::shared_ptr<const model::EventBatch> copy;
  if (event.time() == 0) {
    std::lock_guard lock(state_->mutex);
    ++state_->without_time;
    return;
  }
  for (const CorrelationUse& use : state_->uses.of_rule[hit.rule]) {
    std::optional<Observation> seen = observe(state_->engine, use, event, hit, event_id);
    if (!seen) continue;
    Observation& observation = *seen;
    const std::size_t bytes = observation_bytes(observation);
    std::lock_guard lock(state_->mutex);
    if (state_->held >= state_->limits.max_observations ||
        state_->held_bytes + bytes > state_->limits.max_observation_bytes) {
      ++state_->dropped;
      continue;
    }
    const std::size_t copied = copy ? 0 : event_bytes(event);
    if (!copy && state_->copied_bytes + copied <= state_->limits.max_event_bytes) {
      state_->copied_bytes += copied;
      copy = copy_event(batch, hit.row, copied);
    }
    observation.event = copy;
    ++state_->held;
    state_->held_bytes += bytes;
    state_->observations[use.correlation].push_back(std::move(observation));
  }
}

void Correlator::advance(base::TimeNs time) {
  base::TimeNs seen = state_->latest.load(std::memory_order_relaxed);
  while (time > seen && !state_->latest.compare_exchange_weak(seen, time, std::memory_order_relaxed)) {
  }
}

std::vector<model::Alert> Correlator::finish() {
  std::vector<model::Alert> alerts;
  const std::size_t count = state_->observations.size();
  state_->done.assign(count, false);
  for (std::uint32_t c = 0; c < count; ++c) state_->run(c, alerts);
  return alerts;
}

void Correlator::State::run(std::uint32_t correlation, std::vector<model::Alert>& alerts) {
  if (done[correlation]) return;
  done[correlation] = true;  // the loader refuses cycles
  const CorrelationRule& rule = engine.rules().correlations[correlation];
  for (const RuleRef& ref : rule.rules) {
    if (ref.kind == RuleRef::Kind::correlation) run(ref.index, alerts);
  }
  std::vector<model::Alert> found = correlate(correlation);
  std::sort(found.begin(), found.end(), [](const model::Alert& a, const model::Alert& b) {
    return std::tie(a.time, a.id) < std::tie(b.time, b.id);
  });
  for (model::Alert& alert : found) {
    feed_outer(correlation, alert);
    if (rule.alerts) alerts.push_back(std::move(alert));
  }
}

// Group by group, so that only one window is held.
std::vector<model::Alert> Correlator::State::correlate(std::uint32_t correlation) {
  const CorrelationRule& rule = engine.rules().correlations[correlation];
  auto& all = observations[correlation];
  std::vector<model::Alert> alerts;
  if (all.empty()) return alerts;
  base::TimeNs end = latest.load(std::memory_order_relaxed);
  for (const Observation& observation : all) end = std::max(end, observation.time);
  std::sort(all.begin(), all.end(), [](const Observation& a, const Observation& b) {
    return std::tie(a.group, a.time, a.member, a.event_id) < std::tie(b.group, b.time, b.member, b.event_id);
  });
  const auto report = [&](const std::optional<Finding>& finding) {
    if (finding) alerts.push_back(correlation_alert(rule, rule.info, *finding));
  };
  for (auto at = all.begin(); at != all.end();) {
    const std::vector<std::string>& group = at->group;
    Window window(rule, limits.max_window_observations);
    for (; at != all.end() && at->group == group; ++at) {
      report(window.close(at->time));
      report(window.add(*at));
    }
    report(window.close(end));  // if it ended within the log
  }
  return alerts;
}

void Correlator::State::feed_outer(std::uint32_t inner, const model::Alert& alert) {
  for (const CorrelationUse& use : uses.of_correlation[inner]) {
    std::optional<Observation> seen = observe(engine.rules().correlations[use.correlation], use, alert);
    if (seen) observations[use.correlation].push_back(std::move(*seen));
  }
}

}  // namespace vedette::detect
