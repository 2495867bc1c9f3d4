#include <algorithm>
#include <mutex>
#include <thread>

#include "live/rule_bundle.hpp"
#include "live/state_codec.hpp"
#include "live/stream_correlator.hpp"
#include "live/suppressor.hpp"
#include "live/worker_pool.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/detect/live.hpp"

namespace vedette::detect {
namespace {

using BatchPtr = std::shared_ptr<const model::EventBatch>;

// Rows that one thread works on at a time. Fewer in all are not worth waking others for.
constexpr std::uint32_t kSliceRows = 256;
constexpr std::size_t kRecordsPerTask = 16;

constexpr std::string_view kStateMagic = "vedette live 1\n";
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kObservationBytes = 80;  // mostly enough

// A part of a batch and what the rules found in it.
struct Slice {
  BatchPtr batch;
  std::uint32_t first = 0, last = 0;
  std::vector<RuleHit> hits;
  std::vector<std::string> event_ids;  // parallel to hits
  std::vector<bool> excepted;          // parallel to hits
};

std::vector<Slice> slices_of(std::span<const BatchPtr> batches) {
  std::vector<Slice> slices;
  for (const BatchPtr& batch : batches) {
    const auto rows = static_cast<std::uint32_t>(batch->size());
    for (std::uint32_t first = 0; first < rows; first += kSliceRows) {
      slices.push_back({batch, first, std::min(first + kSliceRows, rows), {}, {}, {}});
    }
  }
  return slices;
}

void append_checksum(std::string& out, std::string_view of) {
  const std::uint64_t hash = base::hash64(of);
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(hash >> shift);
}

// An alert that leaves, before it is made a record.
struct Leaving {
  model::Alert alert;
  std::uint64_t suppressed = 0;
  std::vector<std::string> event_ids;    // of plain alerts
  std::vector<std::uint64_t> sequences;  // of correlations
};

model::AlertRecord record_of(Leaving& leaving, base::TimeNs now) {
  model::AlertRecord record = to_record(leaving.alert, now);
  record.suppressed = leaving.suppressed;
  if (!leaving.alert.correlation) record.event_ids = std::move(leaving.event_ids);
  // If the event itself is not kept any more, its number is.
  if (record.event_sequence == 0 && !leaving.sequences.empty())
    record.event_sequence = leaving.sequences.back();
  for (const std::uint64_t sequence : leaving.sequences) {
    if (sequence != record.event_sequence) record.more_sequences.push_back(sequence);
  }
  return record;
}

}  // namespace

struct LiveDetector::State {
  State(LiveRules rules, const Options& given)
      : options(given),
        pool(static_cast<std::size_t>(std::clamp(given.threads, 1, 256))),
        correlator(given.lateness, given.limits) {
    enforce(std::make_shared<RuleBundle>(std::move(rules), options.lateness, pool.workers()));
  }
  ~State() { join_dropper(); }

  // What is put aside on a swap; to be destroyed by another thread.
  struct Retired {
    std::shared_ptr<RuleBundle> bundle;
    std::vector<std::unique_ptr<LiveCorrelation>> correlations;
  };

  Retired enforce(std::shared_ptr<RuleBundle> next);
  void swap_if_asked();
  void join_dropper();
  void detect(RuleBundle& with, std::size_t worker, Slice& slice, base::TimeNs now) const;
  void collect(Slice& slice, base::TimeNs now);
  void leave(model::Alert alert, RuleCounters& counters, std::vector<std::string> event_ids,
             std::vector<std::uint64_t> sequences);
  void leave_found(base::TimeNs now);
  std::vector<model::AlertRecord> records(base::TimeNs now);
  void publish_counts();

  const Options options;
  WorkerPool pool;
  StreamCorrelator correlator;
  Suppressor suppressor;
  std::shared_ptr<RuleBundle> bundle;  // changed under `mutex`
  base::TimeNs last_now = 0;           // of process; 0: none yet
  std::vector<Leaving> leaving;
  std::vector<StreamAlert> found;
  Counts totals;

  mutable std::mutex mutex;          // guards what follows
  std::shared_ptr<RuleBundle> next;  // to be enforced before the next batch
  Counts shown;
  std::thread dropper;
};

// The correlator and the rules change together, between two batches.
LiveDetector::State::Retired LiveDetector::State::enforce(std::shared_ptr<RuleBundle> given) {
  Retired retired;
  if (bundle) given->take_counters(*bundle);
  retired.correlations = correlator.set_plan(given->plan);
  suppressor.set_rules(given->rules.suppressions);
  std::lock_guard lock(mutex);
  retired.bundle = std::exchange(bundle, std::move(given));
  return retired;
}

void LiveDetector::State::swap_if_asked() {
  std::shared_ptr<RuleBundle> given;
  {
    std::lock_guard lock(mutex);
    given = std::move(next);
  }
  if (!given) return;
  auto retired = std::make_shared<Retired>(enforce(std::move(given)));
  join_dropper();  // replace() did, unless calls of it follow each other at once
  std::lock_guard lock(mutex);
  dropper = std::thread([retired = std::move(retired)]() mutable { retired.reset(); });
}

void LiveDetector::State::join_dropper() {
  std::thread running;
  {
    std::lock_guard lock(mutex);
    running = std::move(dropper);
  }
  if (running.joinable()) running.join();
}

void LiveDetector::State::detect(RuleBundle& with, std::size_t index, Slice& slice, base::TimeNs now) const {
  RuleBundle::Worker& worker = *with.workers[index];
  worker.detector.run(*slice.batch, slice.first, slice.last, slice.hits);
  worker.matcher.forget();
  for (const RuleHit& hit : slice.hits) {
    const model::Event event = (*slice.batch)[hit.row];
    const bool same_row = !slice.event_ids.empty() && slice.hits[slice.event_ids.size() - 1].row == hit.row;
    slice.event_ids.push_back(same_row ? slice.event_ids.back() : event_id(event));
    slice.excepted.push_back(worker.matcher.excepts_rule(*slice.batch, hit.row, hit.rule, now));
  }
}

// What depends on the order of events: one thread.
void LiveDetector::State::collect(Slice& slice, base::TimeNs now) {
  std::size_t at = 0;
  for (std::uint32_t row = slice.first; row < slice.last; ++row) {
    ++totals.events;
    correlator.begin_event((*slice.batch)[row].time(), found);
    leave_found(now);
    for (; at < slice.hits.size() && slice.hits[at].row == row; ++at) {
      RuleHit& hit = slice.hits[at];
      RuleCounters& counters = bundle->of_rule[hit.rule];
      counters.add(RuleCounters::hits);
      if (slice.excepted[at]) {
        counters.add(RuleCounters::excepted);
        ++totals.excepted;
        continue;
      }
      if (correlator.wants(hit.rule)) correlator.add_hit(*slice.batch, hit, slice.event_ids[at]);
      const Rule& rule = bundle->set().rules[hit.rule];
      if (!rule.alerts) continue;
      leave({alert_id(*rule.info, slice.event_ids[at]), rule.info, slice.batch, row,
             (*slice.batch)[row].time(), std::move(hit.matches), nullptr},
            counters, {slice.event_ids[at]}, {});
    }
    correlator.finish_event(found);
    leave_found(now);
  }
}

void LiveDetector::State::leave_found(base::TimeNs now) {
  for (StreamAlert& alert : found) {
    RuleCounters& counters = bundle->of_correlation[alert.correlation];
    counters.add(RuleCounters::hits);
    bundle->correlation_matcher.forget();
    if (bundle->correlation_matcher.excepts_correlation(*alert.alert.batch, alert.alert.row,
                                                        alert.correlation, now)) {
      counters.add(RuleCounters::excepted);
      ++totals.excepted;
      continue;
    }
    if (!bundle->set().correlations[alert.correlation].alerts) continue;
    leave(std::move(alert.alert), counters, {}, std::move(alert.sequences));
  }
  found.clear();
}

void LiveDetector::State::leave(model::Alert alert, RuleCounters& counters,
                                std::vector<std::string> event_ids, std::vector<std::uint64_t> sequences) {
  const base::TimeNs time = alert.time != 0 ? alert.time : std::max<base::TimeNs>(correlator.latest(), 0);
  const std::optional<std::uint64_t> stands_for = suppressor.pass(alert, time);
  if (!stands_for) {
    counters.add(RuleCounters::suppressed);
    ++totals.suppressed;
    return;
  }
  counters.add(RuleCounters::alerts);
  ++totals.alerts;
  leaving.push_back({std::move(alert), *stands_for, std::move(event_ids), std::move(sequences)});
}

std::vector<model::AlertRecord> LiveDetector::State::records(base::TimeNs now) {
  std::vector<model::AlertRecord> records(leaving.size());
  const std::size_t tasks = (leaving.size() + kRecordsPerTask - 1) / kRecordsPerTask;
  pool.run(tasks, [&](std::size_t, std::size_t task) {
    const std::size_t end = std::min(leaving.size(), (task + 1) * kRecordsPerTask);
    for (std::size_t i = task * kRecordsPerTask; i < end; ++i) records[i] = record_of(leaving[i], now);
  });
  leaving.clear();
  publish_counts();
  return records;
}

void LiveDetector::State::publish_counts() {
  totals.late = correlator.usage().late;
  totals.dropped = correlator.usage().dropped;
  totals.observations = correlator.usage().observations;
  std::lock_guard lock(mutex);
  shown = totals;
}

LiveDetector::LiveDetector(LiveRules rules, const Options& options)
    : state_(std::make_unique<State>(std::move(rules), options)) {}
LiveDetector::~LiveDetector() = default;

std::vector<model::AlertRecord> LiveDetector::process(std::span<const BatchPtr> batches, base::TimeNs now) {
  State& state = *state_;
  state.swap_if_asked();
  state.correlator.set_now(now);
  std::vector<Slice> slices = slices_of(batches);
  state.pool.run(slices.size(), [&](std::size_t worker, std::size_t i) {
    state.detect(*state.bundle, worker, slices[i], now);
  });
  for (Slice& slice : slices) state.collect(slice, now);
  if (!slices.empty()) state.last_now = now;
  return state.records(now);
}

std::vector<model::AlertRecord> LiveDetector::idle(base::TimeNs now) {
  State& state = *state_;
  state.swap_if_asked();
  if (state.last_now == 0) state.last_now = now;
  state.correlator.pass_silence(std::max<base::TimeNs>(now - state.last_now, 0), state.found);
  state.leave_found(now);
  return state.records(now);
}

void LiveDetector::replace(LiveRules rules) {
  State& state = *state_;
  auto given = std::make_shared<RuleBundle>(std::move(rules), state.options.lateness, state.pool.workers());
  std::shared_ptr<RuleBundle> current;
  {
    std::lock_guard lock(state.mutex);
    current = state.bundle;
  }
  given->prepare_like(*current);
  given->find_same(std::move(current));
  state.join_dropper();
  std::lock_guard lock(state.mutex);
  state.next.swap(given);  // one that was never enforced is destroyed here
}

std::string LiveDetector::snapshot() const {
  std::string out(kStateMagic);
  out.reserve(state_->correlator.usage().observations * kObservationBytes);
  StateWriter writer(out);
  state_->correlator.write(writer);
  state_->suppressor.write(writer);
  append_checksum(out, out);
  return out;
}

base::Status LiveDetector::restore(std::string_view bytes) {
  State& state = *state_;
  const auto start_afresh = [&] {
    state.correlator.clear();
    state.suppressor.clear();
    state.publish_counts();
  };
  start_afresh();
  const auto corrupt = [&](std::string_view what) {
    start_afresh();
    return base::make_error(base::ErrorCode::corrupt, "state of detection: " + std::string(what));
  };
  if (bytes.size() < kStateMagic.size() + kChecksumBytes || !bytes.starts_with(kStateMagic))
    return corrupt("of another version, or none");
  const std::string_view sum = bytes.substr(bytes.size() - kChecksumBytes);
  bytes.remove_suffix(kChecksumBytes);
  std::string expected;
  append_checksum(expected, bytes);
  if (sum != expected) return corrupt("the checksum is wrong");
  StateReader reader(bytes.substr(kStateMagic.size()));
  if (!state.correlator.read(reader) || !state.suppressor.read(reader) || !reader.at_end())
    return corrupt("it is not as it must be");
  state.publish_counts();
  return base::ok_status();
}

std::string_view rule_state_name(RuleState::Kind kind) {
  switch (kind) {
    case RuleState::Kind::active:
      return "active";
    case RuleState::Kind::cannot_fire:
      return "cannot_fire";
    case RuleState::Kind::error:
      return "error";
    case RuleState::Kind::disabled:
      return "disabled";
  }
  return "active";
}

std::vector<RuleState> LiveDetector::rule_states() const {
  std::shared_ptr<const RuleBundle> bundle;
  {
    std::lock_guard lock(state_->mutex);
    bundle = state_->bundle;
  }
  return bundle->states();
}

LiveDetector::Counts LiveDetector::counts() const {
  std::lock_guard lock(state_->mutex);
  return state_->shown;
}

}  // namespace vedette::detect
