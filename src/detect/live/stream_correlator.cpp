#include "live/stream_correlator.hpp"

#include <algorithm>
#include <tuple>

#include "vedette/detect/correlator.hpp"

namespace vedette::detect {
namespace {

constexpr std::size_t kMaxListedSequences = 100;
constexpr std::size_t kLeastSweep = 16'384;

}  // namespace

StreamCorrelator::StreamCorrelator(base::TimeNs lateness, const CorrelatorLimits& limits)
    : lateness_(lateness),
      limits_(limits),
      sweep_at_(kLeastSweep),
      event_bytes_(std::make_shared<std::atomic<std::size_t>>(0)) {}

std::unique_ptr<LiveCorrelation> StreamCorrelator::make(const PlannedCorrelation& planned) {
  return std::make_unique<LiveCorrelation>(
      planned, limits_, usage_,
      [this](const LiveCorrelation& correlation, const Finding& finding) { report(correlation, finding); });
}

std::vector<std::unique_ptr<LiveCorrelation>> StreamCorrelator::set_plan(
    std::shared_ptr<const CorrelationPlan> plan) {
  std::map<std::string, std::unique_ptr<LiveCorrelation>> old;
  for (auto& correlation : correlations_) {
    old.emplace(correlation->plan().fingerprint, std::move(correlation));
  }
  plan_ = std::move(plan);
  correlations_.clear();
  noted_due_.assign(plan_->correlations.size(), std::nullopt);
  due_.clear();
  for (std::uint32_t c = 0; c < plan_->correlations.size(); ++c) {
    const auto same = old.find(plan_->correlations[c].fingerprint);
    const bool goes_on = same != old.end() && same->second;
    correlations_.push_back(goes_on ? std::move(same->second) : make(plan_->correlations[c]));
    correlations_.back()->set_index(c);
    note_due(c);
  }
  std::vector<std::unique_ptr<LiveCorrelation>> dropped;
  for (auto& [fingerprint, correlation] : old) {
    if (!correlation) continue;
    correlation->disown();
    dropped.push_back(std::move(correlation));
  }
  return dropped;
}

void StreamCorrelator::clear() {
  correlations_.clear();
  usage_ = {};
  latest_ = reached_ = INT64_MIN;
  sweep_at_ = kLeastSweep;
  set_plan(plan_);
}

void StreamCorrelator::set_now(base::TimeNs now) {
  future_ = now > 0 ? later(now, lateness_) : INT64_MAX;
}

void StreamCorrelator::begin_event(base::TimeNs time, std::vector<StreamAlert>& alerts) {
  if (time == 0 || time <= latest_ || time > future_) return;
  latest_ = time;
  alerts_ = &alerts;
  run_due();
}

// Catches up with the stream step by step, as if it had come to each thing in its time.
void StreamCorrelator::run_due() {
  while (!due_.empty() && due_.begin()->first < latest_) {
    const auto [at, rank] = *due_.begin();
    const std::uint32_t correlation = plan_->by_rank[rank];
    reached_ = at + 1;
    correlations_[correlation]->run_first();
    note_due(correlation);
    deliver();
  }
  reached_ = latest_;
}

void StreamCorrelator::add_hit(const model::EventBatch& batch, const RuleHit& hit,
                               const std::string& event_id) {
  const model::Event event = batch[hit.row];
  if (event.time() == 0) return;
  std::shared_ptr<const model::EventBatch> copy;
  for (const CorrelationUse& use : plan_->uses.of_rule[hit.rule]) {
    std::optional<Observation> seen = observe(*plan_->engine, use, event, hit, event_id);
    if (!seen) continue;
    if (event.time() > future_) {
      ++usage_.dropped;
      continue;
    }
    if (!copy) copy = keep_event(batch, hit.row);
    seen->event = copy;
    incoming_[plan_->correlations[use.correlation].rank].push_back(std::move(*seen));
  }
}

void StreamCorrelator::finish_event(std::vector<StreamAlert>& alerts) {
  if (incoming_.empty()) return;
  alerts_ = &alerts;
  deliver();
}

// Inner correlations first, so that outer ones see what they find in its order.
void StreamCorrelator::deliver() {
  while (!incoming_.empty()) {
    const auto first = incoming_.begin();
    const std::uint32_t correlation = plan_->by_rank[first->first];
    std::vector<Observation> observations = std::move(first->second);
    incoming_.erase(first);
    std::stable_sort(observations.begin(), observations.end(),
                     [](const Observation& a, const Observation& b) {
                       return std::tie(a.time, a.member) < std::tie(b.time, b.member);
                     });
    for (Observation& observation : observations) take(correlation, std::move(observation));
  }
}

void StreamCorrelator::take(std::uint32_t correlation, Observation observation) {
  if (!has_room(observation)) {
    ++usage_.dropped;
    return;
  }
  correlations_[correlation]->add(std::move(observation), reached_);
  note_due(correlation);
}

bool StreamCorrelator::has_room(const Observation& observation) {
  const auto full = [&] {
    return usage_.observations >= limits_.max_observations ||
           usage_.bytes + observation_bytes(observation) > limits_.max_observation_bytes;
  };
  if (usage_.observations < sweep_at_ && !full()) return true;
  // However full it stays, so many hits come before the next sweep.
  if (usage_.observations >= sweep_at_ || usage_.dropped % kLeastSweep == 0) {
    for (std::uint32_t c = 0; c < correlations_.size(); ++c) {
      correlations_[c]->sweep(latest_);
      note_due(c);
    }
    sweep_at_ = usage_.observations * 2 + kLeastSweep;
  }
  return !full();
}

void StreamCorrelator::note_due(std::uint32_t correlation) {
  const std::optional<base::TimeNs> at = correlations_[correlation]->due();
  std::optional<base::TimeNs>& noted = noted_due_[correlation];
  if (noted == at) return;
  const std::uint32_t rank = plan_->correlations[correlation].rank;
  if (noted) due_.erase({*noted, rank});
  if (at) due_.emplace(*at, rank);
  noted = at;
}

void StreamCorrelator::report(const LiveCorrelation& correlation, const Finding& finding) {
  const std::uint32_t index = correlation.index();
  const CorrelationRule& rule = plan_->engine->rules().correlations[index];
  StreamAlert found{index, correlation_alert(rule, rule.info, finding), {}};
  for (const Observation* observation : finding.evidence) {
    if (found.sequences.size() == kMaxListedSequences) break;
    if (observation->sequence != 0) found.sequences.push_back(observation->sequence);
  }
  // The last one completed it.
  const std::uint64_t last = finding.evidence.back()->sequence;
  if (found.sequences.size() == kMaxListedSequences && last != 0) found.sequences.back() = last;
  for (const CorrelationUse& use : plan_->uses.of_correlation[index]) {
    const CorrelationRule& outer = plan_->engine->rules().correlations[use.correlation];
    std::optional<Observation> seen = observe(outer, use, found.alert);
    if (seen) incoming_[plan_->correlations[use.correlation].rank].push_back(std::move(*seen));
  }
  alerts_->push_back(std::move(found));
}

void StreamCorrelator::pass_silence(base::TimeNs silence, std::vector<StreamAlert>& alerts) {
  if (silence < lateness_ || latest_ == INT64_MIN) return;
  alerts_ = &alerts;
  const base::TimeNs clock = later(latest_, silence - lateness_);
  reached_ = INT64_MIN;  // inner alerts are in time whatever they waited for
  for (const std::uint32_t correlation : plan_->by_rank) {
    LiveCorrelation& live = *correlations_[correlation];
    live.run_until(later(clock, live.plan().lateness), later(clock, 1));
    note_due(correlation);
    deliver();
  }
  reached_ = latest_;
}

std::shared_ptr<const model::EventBatch> StreamCorrelator::keep_event(const model::EventBatch& batch,
                                                                      std::uint32_t row) {
  const std::size_t bytes = event_bytes(batch[row]);
  if (event_bytes_->load() + bytes > limits_.max_event_bytes) return nullptr;
  std::shared_ptr<const model::EventBatch> copy = copy_event(batch, row, bytes);
  event_bytes_->fetch_add(bytes);
  const model::EventBatch* raw = copy.get();
  return {raw, [copy = std::move(copy), counter = event_bytes_, bytes](const model::EventBatch*) {
            counter->fetch_sub(bytes);
          }};
}

}  // namespace vedette::detect
