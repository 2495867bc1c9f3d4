// State of correlations as bytes and back: docs/formats/live_state.md.
#include <algorithm>

#include "live/state_codec.hpp"
#include "live/stream_correlator.hpp"
#include "vedette/model/event_codec.hpp"

namespace vedette::detect {
namespace {

constexpr std::uint64_t kHasWindow = 1, kHasJudgeFrom = 2, kHasDue = 4;

void write_observation(StateWriter& out, const Observation& observation, bool with_event) {
  out.time(observation.time);
  out.number(observation.member);
  out.text(observation.value);
  out.text(observation.event_id);
  out.number(observation.sequence);
  std::string event;
  if (with_event && observation.event && out.event_budget > 0) {
    model::encode_batch(event, *observation.event);
    if (event.size() > out.event_budget) event.clear();
    out.event_budget -= event.size();
  }
  out.text(event);
}

bool read_observation(StateReader& in, const CorrelationRule& rule, Observation& out) {
  out.time = in.time();
  const std::uint64_t member = in.number();
  out.value = in.text();
  out.event_id = in.text();
  out.sequence = in.number();
  const std::string_view event = in.text();
  if (!in.ok() || member >= rule.rules.size()) return false;
  out.member = static_cast<std::uint32_t>(member);
  if (event.empty()) return true;
  auto batch = model::decode_batch(std::make_shared<const std::string>(event), out.sequence);
  if (!batch.ok() || (*batch)->size() != 1) return false;
  out.event = std::move(*batch);
  return true;
}

std::size_t taken_of(const LiveGroup& group) {
  return static_cast<std::size_t>(
      std::distance(group.held.begin(), LiveGroup::Held::const_iterator(group.next)));
}

}  // namespace

void LiveCorrelation::write(StateWriter& out) const {
  out.time(newest_);
  out.time(settled_);
  out.number(groups_.size());
  for (const auto& [key, group] : groups_) write_group(out, *group);
}

void LiveCorrelation::write_group(StateWriter& out, const LiveGroup& group) const {
  out.text(group.key);
  out.number((group.window ? kHasWindow : 0) | (group.judge_from ? kHasJudgeFrom : 0) |
             (group.due ? kHasDue : 0));
  if (group.judge_from) out.time(*group.judge_from);
  if (group.due) out.time(*group.due);
  out.number(group.credit);
  out.time(plan_.held && group.window ? group.window->start() : 0);
  out.number(group.alerted.size());
  for (const base::TimeNs time : group.alerted) out.time(time);
  out.number(group.held.size());
  if (group.held.empty()) return;
  out.number(plan_.held ? taken_of(group) : 0);
  for (const std::string& value : group.held.begin()->group) out.text(value);
  for (const Observation& observation : group.held) write_observation(out, observation, plan_.held);
}

bool LiveCorrelation::read(StateReader& in) {
  newest_ = in.time();
  settled_ = in.time();
  const std::size_t groups = in.count();
  for (std::size_t i = 0; i < groups; ++i) {
    if (!read_group(in)) return false;
  }
  return in.ok();
}

bool LiveCorrelation::read_group(StateReader& in) {
  const std::string key(in.text());
  const std::uint64_t flags = in.number();
  if (!in.ok() || groups_.contains(key)) return false;
  LiveGroup& group = group_of(key);
  if (flags & kHasJudgeFrom) group.judge_from = in.time();
  std::optional<base::TimeNs> due;
  if (flags & kHasDue) due = in.time();
  group.credit = in.number();
  const base::TimeNs start = in.time();
  const std::size_t alerted = in.count();
  for (std::size_t i = 0; i < alerted; ++i) group.alerted.push_back(in.time());
  const std::size_t held = in.count();
  if (!in.ok() || !std::is_sorted(group.alerted.begin(), group.alerted.end())) return false;
  if (!read_held(in, group, held)) return false;
  // What waits to be judged is due once, and only correlations that take hits at once let it wait.
  if (plan_.held ? group.judge_from.has_value() : group.judge_from.has_value() != due.has_value())
    return false;
  if (plan_.held) {
    if (group.window->end()) group.window->set_start(start);
    schedule_held(group);
  } else {
    if (flags & kHasWindow) rebuild_window(group);
    schedule(group, due);
  }
  return true;
}

bool LiveCorrelation::read_held(StateReader& in, LiveGroup& group, std::size_t held) {
  if (held == 0) return true;
  const std::uint64_t taken = in.number();
  std::vector<std::string> values;
  std::string key;
  for (std::size_t i = 0; i < plan_.rule->group_by.size(); ++i) {
    append_part(key, values.emplace_back(in.text()));
  }
  if (!in.ok() || taken > held || key != group.key) return false;
  for (std::size_t i = 0; i < held; ++i) {
    Observation observation;
    if (!read_observation(in, *plan_.rule, observation)) return false;
    observation.group = values;
    if (!group.held.empty() && order_(observation, *group.held.rbegin())) return false;
    count(observation, true);
    const auto it = group.held.insert(group.held.end(), std::move(observation));
    if (!plan_.held) continue;
    if (i < taken) {
      take_again(group, *it);
    } else if (i == taken) {
      group.next = it;
    }
  }
  return true;
}

void StreamCorrelator::write(StateWriter& out) const {
  out.time(latest_);
  out.number(sweep_at_);
  out.number(usage_.late);
  out.number(usage_.dropped);
  out.number(correlations_.size());
  std::string state;
  for (const auto& correlation : correlations_) {
    state.clear();
    StateWriter inner(state);
    inner.event_budget = out.event_budget;
    correlation->write(inner);
    out.event_budget = inner.event_budget;
    out.text(correlation->plan().fingerprint);
    out.text(state);
  }
}

bool StreamCorrelator::read(StateReader& in) {
  latest_ = reached_ = in.time();
  sweep_at_ = static_cast<std::size_t>(in.number());
  usage_.late = in.number();
  usage_.dropped = in.number();
  const std::size_t count = in.count();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view fingerprint = in.text();
    StateReader state(in.text());
    if (!in.ok()) return false;
    // Those that the rules do not have any more start afresh, as on a reload.
    for (std::uint32_t c = 0; c < correlations_.size(); ++c) {
      if (correlations_[c]->plan().fingerprint != fingerprint) continue;
      if (correlations_[c]->is_used() || !correlations_[c]->read(state) || !state.at_end()) return false;
      note_due(c);
      break;
    }
  }
  return in.ok();
}

}  // namespace vedette::detect
