#include "correlation/window.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::detect {
namespace {

bool has_negation(const model::Predicate& predicate) {
  if (predicate.kind == model::Predicate::Kind::negation) return true;
  return std::any_of(predicate.children.begin(), predicate.children.end(), has_negation);
}

bool is_temporal(CorrelationType type) {
  return type == CorrelationType::temporal || type == CorrelationType::temporal_ordered;
}

bool takes_numbers(CorrelationType type) {
  return !is_temporal(type) && type != CorrelationType::event_count && type != CorrelationType::value_count;
}

}  // namespace

bool judged_at_close(const CorrelationRule& rule) {
  return is_temporal(rule.type) ? has_negation(rule.rule_condition) : rule.condition.only_upper_bounds();
}

Window::Window(const CorrelationRule& rule, std::size_t max_observations)
    : rule_(rule),
      max_observations_(max_observations),
      at_close_(judged_at_close(rule)),
      members_(rule.rules.size(), 0),
      twins_(rule.rules.size(), 0),
      percentile_(rule.type == CorrelationType::value_percentile ? rule.percentile : 50),
      chains_(rule.type == CorrelationType::temporal_ordered ? rule.rules.size() : 0) {
  for (std::size_t i = 0; i < rule.rules.size() && is_temporal(rule.type); ++i) {
    twins_[i] = static_cast<std::size_t>(
        std::count_if(rule.rules.begin(), rule.rules.begin() + static_cast<std::ptrdiff_t>(i),
                      [&](const RuleRef& ref) { return same(ref, rule.rules[i]); }));
  }
}

std::optional<Finding> Window::add(const Observation& observation) {
  const bool quiet = quiet_until_ && observation.time <= *quiet_until_;
  std::optional<Finding> found = take(observation, !quiet);
  if (found) quiet_until_ = later(observation.time, rule_.timespan);
  return found;
}

std::optional<Finding> Window::take(const Observation& observation, bool judged) {
  if (!at_close_) evict(observation.time);
  if (observations_.empty()) start_ = observation.time;
  if (observations_.size() >= max_observations_) remove_first();
  observations_.push_back({&observation, {}});
  ++members_[observation.member];
  if (rule_.type == CorrelationType::value_count) ++distinct_[observation.value];
  if (takes_numbers(rule_.type)) add_number(observations_.back());
  std::optional<Finding> found;
  if (rule_.type == CorrelationType::temporal_ordered) found = advance_sequence(observation);
  if (at_close_ || !judged) return std::nullopt;
  return rule_.type == CorrelationType::temporal_ordered ? found : judge();
}

std::optional<Finding> Window::close(base::TimeNs now) {
  if (!at_close_ || observations_.empty() || now <= later(start_, rule_.timespan)) return std::nullopt;
  std::optional<Finding> found = judge();
  while (!observations_.empty()) remove_first();
  return found;
}

std::optional<base::TimeNs> Window::end() const {
  if (!at_close_ || observations_.empty()) return std::nullopt;
  return later(start_, rule_.timespan);
}

void Window::forget_before(base::TimeNs time) {
  while (!observations_.empty() && observations_.front().observation->time < time) remove_first();
  const auto drop = [&](Chain& chain) {
    if (!chain.empty() && chain.front()->time < time) chain.clear();
  };
  for (Step& step : chains_) {
    drop(step.latest);
    drop(step.other);
  }
}

void Window::evict(base::TimeNs now) {
  while (!observations_.empty() && later(observations_.front().observation->time, rule_.timespan) < now) {
    remove_first();
  }
}

void Window::add_number(Held& held) {
  held.number = base::parse_double(held.observation->value);
  if (!held.number) return;
  ++numbers_;
  if (rule_.type == CorrelationType::value_sum || rule_.type == CorrelationType::value_avg) {
    sum_.push(*held.number);
  } else {
    percentile_.insert(*held.number);
  }
}

void Window::remove_first() {
  const Held& old = observations_.front();
  --members_[old.observation->member];
  if (rule_.type == CorrelationType::value_count) {
    const auto it = distinct_.find(old.observation->value);
    if (--it->second == 0) distinct_.erase(it);
  }
  if (old.number) {
    --numbers_;
    if (rule_.type == CorrelationType::value_sum || rule_.type == CorrelationType::value_avg) {
      sum_.pop();
    } else {
      percentile_.erase(*old.number);
    }
  }
  observations_.pop_front();
}

std::optional<Finding> Window::judge() const {
  if (observations_.empty()) return std::nullopt;
  double value = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) value += was_met(i) ? 1 : 0;
  if (is_temporal(rule_.type) && rule_.rule_condition.kind != model::Predicate::Kind::always) {
    if (!members_agree(rule_.rule_condition)) return std::nullopt;
  } else if (is_temporal(rule_.type)) {
    if (!rule_.condition.holds(value)) return std::nullopt;
  } else {
    const std::optional<double> measured = measure();
    if (!measured || !rule_.condition.holds(*measured)) return std::nullopt;
    value = *measured;
  }
  Finding finding{value, {}};
  for (const Held& held : observations_) finding.evidence.push_back(held.observation);
  return finding;
}

// Nothing if the window holds no number to judge.
std::optional<double> Window::measure() const {
  switch (rule_.type) {
    case CorrelationType::event_count:
      return static_cast<double>(observations_.size());
    case CorrelationType::value_count:
      return static_cast<double>(distinct_.size());
    default:
      break;
  }
  if (numbers_ == 0) return std::nullopt;
  if (rule_.type == CorrelationType::value_sum) return sum_.value();
  if (rule_.type == CorrelationType::value_avg) return sum_.value() / static_cast<double>(numbers_);
  return percentile_.value();
}

bool Window::members_agree(const model::Predicate& condition) const {
  using Kind = model::Predicate::Kind;
  const auto agree = [&](const model::Predicate& child) { return members_agree(child); };
  switch (condition.kind) {
    case Kind::always:
      return true;
    case Kind::never:
      return false;
    case Kind::negation:
      return !members_agree(condition.children[0]);
    case Kind::all_of:
      return std::all_of(condition.children.begin(), condition.children.end(), agree);
    case Kind::any_of:
      return std::any_of(condition.children.begin(), condition.children.end(), agree);
    case Kind::test:
      for (std::size_t i = 0; i < rule_.rule_names.size(); ++i) {
        if (rule_.rule_names[i] == condition.test.field) return was_met(i);
      }
      return false;
  }
  return false;
}

std::optional<Finding> Window::advance_sequence(const Observation& observation) {
  const std::size_t step = observation.member;
  Chain next;
  if (step > 0) {
    const Step& before = chains_[step - 1];
    const Chain* chain = &before.latest;
    if (serves(*chain, observation)) chain = &before.other;
    if (chain->empty() || serves(*chain, observation) ||
        later(chain->front()->time, rule_.timespan) < observation.time) {
      return std::nullopt;
    }
    next = *chain;
  }
  next.push_back(&observation);
  Step& reached = chains_[step];
  if (!reached.latest.empty() && reached.latest.back()->event_id != observation.event_id) {
    reached.other = std::move(reached.latest);
  }
  reached.latest = std::move(next);
  if (step + 1 < chains_.size()) return std::nullopt;
  return Finding{static_cast<double>(chains_.size()), reached.latest};
}

// Whether the event stands in the chain already for the same rule.
bool Window::serves(const Chain& chain, const Observation& observation) const {
  if (twins_[observation.member] == 0) return false;
  return std::any_of(chain.begin(), chain.end(), [&](const Observation* earlier) {
    return earlier->event_id == observation.event_id &&
           same(rule_.rules[earlier->member], rule_.rules[observation.member]);
  });
}

}  // namespace vedette::detect
