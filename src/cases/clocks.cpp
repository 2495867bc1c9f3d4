#include "clocks.hpp"

#include <algorithm>

namespace vedette::cases {
namespace {

base::TimeNs target_of(Clock::Kind kind, const SlaPolicy* policy) {
  if (policy == nullptr) return 0;
  switch (kind) {
    case Clock::Kind::detect:
      return 0;
    case Clock::Kind::acknowledge:
      return policy->acknowledge;
    case Clock::Kind::contain:
      return policy->contain;
    case Clock::Kind::resolve:
      return policy->resolve;
  }
  return 0;
}

void end_pause(Clock& clock, base::TimeNs now) {
  if (clock.paused_since == 0) return;
  clock.paused_for += std::max<base::TimeNs>(0, now - clock.paused_since);
  clock.paused_since = 0;
}

void stop_clock(Clock& clock, base::TimeNs now) {
  if (!clock.running()) return;
  end_pause(clock, now);
  clock.stopped = std::max(now, clock.started);
  if (clock.target > 0 && clock.elapsed(clock.stopped) > clock.target) clock.breached = true;
}

// The time it stood still counts as a pause.
void restart_clock(Clock& clock, base::TimeNs now) {
  if (clock.stopped == 0) return;
  clock.paused_for += std::max<base::TimeNs>(0, now - clock.stopped);
  clock.stopped = 0;
}

}  // namespace

base::TimeNs Clock::elapsed(base::TimeNs now) const {
  if (started == 0) return 0;
  const base::TimeNs end = stopped != 0 ? stopped : paused_since != 0 ? std::min(paused_since, now) : now;
  return std::max<base::TimeNs>(0, end - started - paused_for);
}

base::TimeNs Clock::due() const {
  if (!running() || target == 0 || paused_since != 0 || breached) return 0;
  return started + paused_for + target;
}

std::vector<Clock> start_clocks(const model::Incident& incident, const SlaPolicy* policy, base::TimeNs now) {
  Clock detect;
  detect.started = incident.first;
  detect.stopped = std::max(incident.first, incident.opened);
  std::vector<Clock> clocks = {detect};
  for (const Clock::Kind kind : {Clock::Kind::acknowledge, Clock::Kind::contain, Clock::Kind::resolve}) {
    Clock clock;
    clock.kind = kind;
    clock.started = now;
    clocks.push_back(clock);
  }
  set_targets(clocks, policy);
  return clocks;
}

void set_targets(std::vector<Clock>& clocks, const SlaPolicy* policy) {
  for (Clock& clock : clocks) {
    if (clock.running() && clock.kind != Clock::Kind::detect) clock.target = target_of(clock.kind, policy);
  }
}

void follow_status(Case& value, base::TimeNs now) {
  for (Clock& clock : value.clocks) {
    bool over = true;
    if (clock.kind == Clock::Kind::acknowledge)
      over = value.status != CaseStatus::new_case || !value.owner.empty() || clock.stopped != 0;
    if (clock.kind == Clock::Kind::contain) over = value.status >= CaseStatus::contained;
    if (clock.kind == Clock::Kind::resolve) over = value.status == CaseStatus::closed;
    if (over) {
      stop_clock(clock, now);
    } else {
      restart_clock(clock, now);
    }
  }
}

base::TimeNs next_due(const Case& value) {
  base::TimeNs next = 0;
  for (const Clock& clock : value.clocks) {
    const base::TimeNs due = clock.due();
    if (due != 0 && (next == 0 || due < next)) next = due;
  }
  return next;
}

bool any_breached(const Case& value) {
  return std::any_of(value.clocks.begin(), value.clocks.end(),
                     [](const Clock& clock) { return clock.breached; });
}

bool is_paused(const Case& value) {
  return std::any_of(value.clocks.begin(), value.clocks.end(),
                     [](const Clock& clock) { return clock.paused_since != 0; });
}

void pause_clocks(Case& value, base::TimeNs now) {
  for (Clock& clock : value.clocks) {
    if (clock.running() && clock.paused_since == 0) clock.paused_since = std::max(now, clock.started);
  }
}

void resume_clocks(Case& value, base::TimeNs now) {
  for (Clock& clock : value.clocks) end_pause(clock, now);
}

bool may_go(CaseStatus from, CaseStatus to) {
  if (to > from) return true;
  if (from == CaseStatus::closed) return to == CaseStatus::triaged || to == CaseStatus::in_progress;
  return from == CaseStatus::contained && to == CaseStatus::in_progress;
}

}  // namespace vedette::cases
