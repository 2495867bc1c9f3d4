#include "correlation/window.hpp"

#include <algorithm>
#include <cmath>

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

// Linear interpolation between the closest ranks.
double percentile_of(std::vector<double> numbers, double percentile) {
  std::sort(numbers.begin(), numbers.end());
  const double rank = percentile / 100 * static_cast<double>(numbers.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(rank));
  const std::size_t above = std::min(below + 1, numbers.size() - 1);
  return numbers[below] + (rank - std::floor(rank)) * (numbers[above] - numbers[below]);
}

}  // namespace

Window::Window(const CorrelationRule& rule, std::size_t max_observations)
    : rule_(rule),
      max_observations_(max_observations),
      at_close_(is_temporal(rule.type) ? has_negation(rule.rule_condition)
                                       : rule.condition.only_upper_bounds()),
      members_(rule.rules.size(), 0),
      chains_(rule.type == CorrelationType::temporal_ordered ? rule.rules.size() : 0) {}

std::optional<Finding> Window::add(const Observation& observation) {
  if (!at_close_) evict(observation.time);
  if (observations_.size() >= max_observations_) evict(observations_.front()->time + rule_.timespan + 1);
  observations_.push_back(&observation);
  ++members_[observation.member];
  if (rule_.type == CorrelationType::value_count) ++distinct_[observation.value];
  if (const auto number = base::parse_double(observation.value)) {
    sum_ += *number;
    ++numbers_;
  }
  std::optional<Finding> found;
  if (rule_.type == CorrelationType::temporal_ordered) found = advance_sequence(observation);
  if (at_close_ || observation.time < quiet_until_) return std::nullopt;
  if (rule_.type != CorrelationType::temporal_ordered) found = judge();
  if (found) quiet_until_ = observation.time + rule_.timespan + 1;
  return found;
}

std::optional<Finding> Window::close(base::TimeNs now) {
  if (!at_close_ || observations_.empty() || now <= observations_.front()->time + rule_.timespan) {
    return std::nullopt;
  }
  std::optional<Finding> found = judge();
  evict(INT64_MAX);
  return found;
}

void Window::evict(base::TimeNs now) {
  while (!observations_.empty() && (now == INT64_MAX || observations_.front()->time < now - rule_.timespan)) {
    const Observation& old = *observations_.front();
    --members_[old.member];
    if (rule_.type == CorrelationType::value_count) {
      const auto it = distinct_.find(old.value);
      if (--it->second == 0) distinct_.erase(it);
    }
    if (const auto number = base::parse_double(old.value)) {
      sum_ -= *number;
      --numbers_;
    }
    observations_.pop_front();
  }
}

std::optional<Finding> Window::judge() const {
  if (observations_.empty()) return std::nullopt;
  const auto kinds = std::count_if(members_.begin(), members_.end(), [](std::size_t n) { return n > 0; });
  double value = static_cast<double>(kinds);
  if (is_temporal(rule_.type) && rule_.rule_condition.kind != model::Predicate::Kind::always) {
    if (!members_agree(rule_.rule_condition)) return std::nullopt;
  } else if (is_temporal(rule_.type)) {
    if (!rule_.condition.holds(value)) return std::nullopt;
  } else {
    const std::optional<double> measured = measure();
    if (!measured || !rule_.condition.holds(*measured)) return std::nullopt;
    value = *measured;
  }
  return Finding{value, {observations_.begin(), observations_.end()}};
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
  if (rule_.type == CorrelationType::value_sum) return sum_;
  if (rule_.type == CorrelationType::value_avg) return sum_ / static_cast<double>(numbers_);
  std::vector<double> numbers;
  for (const Observation* observation : observations_) {
    if (const auto number = base::parse_double(observation->value)) numbers.push_back(*number);
  }
  return percentile_of(std::move(numbers),
                       rule_.type == CorrelationType::value_median ? 50 : rule_.percentile);
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
        if (rule_.rule_names[i] == condition.test.field) return members_[i] > 0;
      }
      return false;
  }
  return false;
}

std::optional<Finding> Window::advance_sequence(const Observation& observation) {
  const std::size_t step = observation.member;
  if (step == 0) {
    chains_[0] = {&observation};
  } else if (const auto& before = chains_[step - 1];
             !before.empty() && observation.time - before.front()->time <= rule_.timespan) {
    chains_[step] = before;
    chains_[step].push_back(&observation);
  } else {
    return std::nullopt;
  }
  if (step + 1 < chains_.size()) return std::nullopt;
  return Finding{static_cast<double>(chains_.size()), chains_.back()};
}

}  // namespace vedette::detect
