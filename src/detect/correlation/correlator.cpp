#include "vedette/detect/correlator.hpp"

#include <algorithm>
#include <atomic>
#include <tuple>

#include "correlation/window.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::detect {
namespace {

constexpr std::size_t kMaxListedEvents = 100;

// What a batch takes beside its cells and their text.
constexpr std::size_t kBatchBytes = 512;

std::shared_ptr<const model::EventBatch> copy_event(const model::EventBatch& batch, std::uint32_t row,
                                                    std::size_t bytes) {
  model::BatchBuilder builder(std::make_shared<model::Source>(batch[row].source()), bytes);
  const model::Event event = batch[row];
  const auto copy = [&](const model::Value& value) {
    return value.is_string() ? model::Value::string(builder.arena().copy(value.as_string())) : value;
  };
  builder.begin_row(event.position());
  builder.set_time(event.time());
  builder.set_sequence(event.sequence());
  for (const model::Cell& cell : event.cells()) {
    if (!cell.value.is_list()) {
      builder.add(cell.field, copy(cell.value));
      continue;
    }
    auto list = builder.arena().allocate_array<model::Value>(cell.value.as_list().size());
    std::transform(cell.value.as_list().begin(), cell.value.as_list().end(), list.begin(), copy);
    builder.add(cell.field, model::Value::list(list));
  }
  builder.end_row();
  return builder.finish();
}

std::size_t event_bytes(const model::Event& event) {
  std::size_t bytes = kBatchBytes + event.cells().size() * sizeof(model::Cell);
  for (const model::Cell& cell : event.cells()) {
    for (const model::Value& value : cell.value.elements()) {
      bytes += sizeof(value) + (value.is_string() ? value.as_string().size() : 0);
    }
  }
  return bytes;
}

std::size_t observation_bytes(const Observation& observation) {
  std::size_t bytes = sizeof(observation) + observation.value.size() + observation.event_id.size();
  for (const std::string& value : observation.group) bytes += sizeof(value) + value.size();
  return bytes;
}

// Appends a value so that no two lists of values give the same text: it ends with the only NUL.
void append_part(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\0' || c == '\1') {
      out += '\1';
      out += static_cast<char>(c + 1);
    } else {
      out += c;
    }
  }
  out += '\0';
}

// The value of an observation: a number's text, or what value_count tells apart.
void append_value(std::string& out, const CorrelationRule& rule, std::string_view value) {
  if (rule.value_fields.size() == 1) {
    out = value;
  } else {
    append_part(out, value);
  }
}

// Stands in for the event when its copy did not fit: the group-by fields only.
std::shared_ptr<const model::EventBatch> group_event(const CorrelationRule& rule, const Observation& last) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  builder.begin_row(0);
  builder.set_time(last.time);
  for (std::size_t i = 0; i < rule.group_by.size(); ++i) {
    builder.add_copy(model::intern(rule.group_by[i]), last.group[i]);
  }
  builder.end_row();
  return builder.finish();
}

}  // namespace

std::string event_id(const model::Event& event) {
  return base::hash128_hex(event.source().path + '\0' + std::to_string(event.position()) + '\0' +
                           std::to_string(event.time()));
}

std::string alert_id(const model::RuleInfo& rule, std::string_view event_id) {
  return base::hash128_hex(rule.id + '\0' + std::string(event_id));
}

struct Correlator::State {
  // A place where the hits of a rule go.
  struct Use {
    std::uint32_t correlation, member;
  };

  State(const Engine& e, CorrelatorLimits l) : engine(e), limits(l) {
    const RuleSet& rules = engine.rules();
    uses_of_rule.resize(rules.rules.size());
    uses_of_correlation.resize(rules.correlations.size());
    observations.resize(rules.correlations.size());
    for (std::uint32_t c = 0; c < rules.correlations.size(); ++c) {
      const auto& members = rules.correlations[c].rules;
      for (std::uint32_t m = 0; m < members.size(); ++m) {
        if (listed_before(rules.correlations[c], m)) continue;
        auto& uses = members[m].kind == RuleRef::Kind::rule ? uses_of_rule : uses_of_correlation;
        uses[members[m].index].push_back({c, m});
      }
    }
  }

  // To count a hit twice because its rule is listed twice makes no sense unless hits are put in order.
  static bool listed_before(const CorrelationRule& rule, std::uint32_t member) {
    if (rule.type == CorrelationType::temporal || rule.type == CorrelationType::temporal_ordered)
      return false;
    const auto end = rule.rules.begin() + member;
    return std::any_of(rule.rules.begin(), end,
                       [&](const RuleRef& ref) { return same(ref, rule.rules[member]); });
  }

  void run(std::uint32_t correlation, std::vector<model::Alert>& alerts);
  std::vector<model::Alert> correlate(std::uint32_t correlation);
  model::Alert make_alert(const CorrelationRule& rule, const Finding& finding);
  void feed_outer(std::uint32_t inner, const model::Alert& alert);

  const Engine& engine;
  const CorrelatorLimits limits;
  std::vector<std::vector<Use>> uses_of_rule, uses_of_correlation;
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
  return !state_->uses_of_rule[rule].empty();
}
std::uint64_t Correlator::dropped() const {
  return state_->dropped;
}
std::uint64_t Correlator::without_time() const {
  return state_->without_time;
}

void Correlator::add(const model::EventBatch& batch, const RuleHit& hit, const std::string& event_id) {
  const model::Event event = batch[hit.row];
  const auto& names = state_->engine.captured(hit.rule);
  const auto captured = [&](const std::string& field) -> const std::optional<std::string>* {
    const auto it = std::find(names.begin(), names.end(), field);
    return it == names.end() ? nullptr : &hit.captures[static_cast<std::size_t>(it - names.begin())];
  };
  std::shared_ptr<const model::EventBatch> copy;
  if (event.time() == 0) {
    std::lock_guard lock(state_->mutex);
    ++state_->without_time;
    return;
  }
  for (const State::Use& use : state_->uses_of_rule[hit.rule]) {
    const CorrelationRule& rule = state_->engine.rules().correlations[use.correlation];
    Observation observation{event.time(), use.member, {}, {}, event_id, nullptr};
    bool complete = true;
    for (const std::string& group : rule.group_by) {
      const auto* value = captured(rule.field_of(group, use.member));
      complete = complete && value && *value;
      if (complete) observation.group.push_back(**value);
    }
    for (const std::string& field : rule.value_fields) {
      const auto* value = captured(rule.field_of(field, use.member));
      complete = complete && value && *value;
      if (!complete) break;
      append_value(observation.value, rule, **value);
    }
    if (!complete) continue;
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
    if (finding) alerts.push_back(make_alert(rule, *finding));
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

model::Alert Correlator::State::make_alert(const CorrelationRule& rule, const Finding& finding) {
  const Observation& last = *finding.evidence.back();
  auto result = std::make_shared<model::CorrelationResult>();
  result->type = correlation_type_name(rule.type);
  result->value = finding.value;
  result->first = finding.evidence.front()->time;
  result->last = last.time;
  for (std::size_t i = 0; i < rule.group_by.size(); ++i) {
    result->group.emplace_back(rule.group_by[i], last.group[i]);
  }
  std::string key;
  for (const std::string& value : last.group) append_part(key, value);
  for (const Observation* observation : finding.evidence) {
    if (result->event_ids.size() < kMaxListedEvents) result->event_ids.push_back(observation->event_id);
  }
  model::Alert alert;
  alert.id = alert_id(*rule.info, key + std::to_string(result->first) + '\0' + std::to_string(result->last));
  alert.rule = rule.info;
  alert.batch = last.event ? last.event : group_event(rule, last);
  alert.time = last.time;
  for (const auto& [field, value] : result->group) alert.matches.push_back({field, value, "group-by", ""});
  alert.correlation = std::move(result);
  return alert;
}

// An inner alert counts for an outer correlation if it carries the outer's group-by fields.
void Correlator::State::feed_outer(std::uint32_t inner, const model::Alert& alert) {
  const auto& group = alert.correlation->group;
  for (const Use& use : uses_of_correlation[inner]) {
    const CorrelationRule& outer = engine.rules().correlations[use.correlation];
    Observation observation{alert.time, use.member, {}, {}, alert.id, alert.batch};
    const auto value_of = [&](const std::string& name) {
      const std::string field = outer.field_of(name, use.member);
      return std::find_if(group.begin(), group.end(),
                          [&](const auto& entry) { return entry.first == field; });
    };
    bool complete = true;
    for (const std::string& name : outer.group_by) {
      const auto it = value_of(name);
      complete = complete && it != group.end();
      if (complete) observation.group.push_back(it->second);
    }
    for (const std::string& name : outer.value_fields) {
      const auto it = value_of(name);
      complete = complete && it != group.end();
      if (complete) append_value(observation.value, outer, it->second);
    }
    if (complete) observations[use.correlation].push_back(std::move(observation));
  }
}

}  // namespace vedette::detect
