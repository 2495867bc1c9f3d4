#include "alert_stream.hpp"

#include <algorithm>

#include "vedette/node/content.hpp"

namespace vedette::node {

AlertStream::AlertStream(detect::RuleSet rules, base::TimeNs from, base::TimeNs to,
                         std::function<void(const model::Alert&)> on_alert, detect::CorrelatorLimits limits)
    : engine_(std::move(rules), shipped_taxonomy()),
      correlator_(engine_, limits),
      from_(from),
      to_(to),
      on_alert_(std::move(on_alert)) {}

void AlertStream::Worker::process(std::uint64_t number, std::span<const BatchPtr> batches) {
  std::vector<model::Alert> alerts;
  for (const BatchPtr& events : batches) {
    stream_.events_ += events->size();
    hits_.clear();
    detector_.run(*events, hits_);
    for (detect::RuleHit& hit : hits_) add_alert(events, std::move(hit), alerts);
    base::TimeNs latest = 0;
    std::uint64_t without_time = 0;
    for (std::size_t row = 0; row < events->size(); ++row) {
      latest = std::max(latest, (*events)[row].time());
      without_time += (*events)[row].time() == 0;
    }
    stream_.events_without_time_ += without_time;
    stream_.correlator_.advance(latest);
  }
  stream_.deliver(number, std::move(alerts));
}

void AlertStream::Worker::add_alert(const BatchPtr& batch, detect::RuleHit hit,
                                    std::vector<model::Alert>& alerts) {
  const model::Event event = (*batch)[hit.row];
  if (event.time() != 0 && (event.time() < stream_.from_ || event.time() > stream_.to_)) return;
  const detect::Rule& rule = stream_.engine_.rules().rules[hit.rule];
  const std::string id = detect::event_id(event);
  if (stream_.correlator_.wants(hit.rule)) stream_.correlator_.add(*batch, hit, id);
  if (!rule.alerts) return;
  alerts.push_back({detect::alert_id(*rule.info, id), rule.info, batch, hit.row, event.time(),
                    std::move(hit.matches), nullptr});
}

void AlertStream::deliver(std::uint64_t number, std::vector<model::Alert> alerts) {
  std::lock_guard lock(output_);
  waiting_.emplace(number, std::move(alerts));
  for (auto it = waiting_.begin(); it != waiting_.end() && it->first == next_; it = waiting_.erase(it)) {
    for (const model::Alert& alert : it->second) emit(alert);
    ++next_;
  }
}

void AlertStream::emit(const model::Alert& alert) {
  ++alerts_;
  on_alert_(alert);
}

void AlertStream::finish() {
  std::lock_guard lock(output_);
  for (const model::Alert& alert : correlator_.finish()) emit(alert);
}

void AlertStream::fill(report::ScanTotals& totals) const {
  totals.events = events_;
  totals.events_without_time = events_without_time_;
  totals.correlation_dropped = correlator_.dropped();
  const detect::RuleSet& rules = engine_.rules();
  totals.rules_loaded = rules.rules.size() + rules.correlations.size();
  totals.rules_refused = rules.refused;
  for (std::uint32_t i = 0; i < rules.rules.size(); ++i) {
    totals.rules_cannot_fire += !engine_.cannot_fire(i).empty();
  }
  for (std::uint32_t i = 0; i < rules.correlations.size(); ++i) {
    totals.rules_cannot_fire += !engine_.correlation_cannot_fire(i).empty();
  }
}

}  // namespace vedette::node
