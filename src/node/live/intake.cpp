#include "live/intake.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "live/clock.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"
#include "vedette/node/data_folder.hpp"
#include "vedette/normalize/record_normalizer.hpp"

namespace vedette::node {
namespace {

constexpr std::string_view kEvtx = "evtx", kFiles = "files";
constexpr std::string_view kAnywhere = "*";     // ids that no two records of any dataset share
constexpr std::size_t kRecordsPerBatch = 4096;  // of an append
constexpr std::size_t kRecordCost = 128;        // bytes that a record takes in the queue beside its text
constexpr base::TimeNs kRefuseFor = 2 * base::kNsPerSecond;
constexpr std::size_t kDeadLetterBytes = 1u << 20;
constexpr std::size_t kRestoreBytes = 8u << 20;

std::size_t cost_of(const model::RawBatch& batch) {
  return batch.bytes->size() + batch.records.size() * kRecordCost + 256;
}

}  // namespace

// A raw batch whose appends are under way; answered when the last one is settled.
struct LiveIntake::Pending : std::enable_shared_from_this<LiveIntake::Pending> {
  Pending(LiveIntake& owner, model::RawBatch batch) : intake(owner), raw(std::move(batch)) {
    outcomes.resize(raw.records.size());
  }

  void started() {
    std::lock_guard lock(mutex);
    ++open;
  }
  void settled(const base::Status& result) {
    std::unique_lock lock(mutex);
    if (!result.ok() && trouble.ok()) trouble = result;
    if (--open > 0) return;
    lock.unlock();
    answer();
  }
  void answer() {
    if (!trouble.ok()) {
      intake.refuse_for_a_while(trouble.error());
    } else {
      std::uint64_t stored = 0, failures = 0;
      for (const model::RecordOutcome& outcome : outcomes) {
        failures += outcome.kind == model::RecordOutcome::Kind::unparsed;
        stored += outcome.kind == model::RecordOutcome::Kind::stored;
      }
      intake.count_stored(raw, stored + failures, failures);
    }
    if (raw.done) raw.done(trouble.ok() ? model::IntakeAnswer(std::move(outcomes)) : trouble.error());
    intake.finished(raw.received);
  }

  LiveIntake& intake;
  model::RawBatch raw;
  std::vector<model::RecordOutcome> outcomes;
  std::mutex mutex;      // guards open and trouble
  std::size_t open = 1;  // appends and tickets awaited; one is the worker's own
  base::Status trouble = base::ok_status();
};

// One thread's parsing of raw batches.
class LiveIntake::Worker {
 public:
  explicit Worker(LiveIntake& intake) : intake_(intake), normalizer_(intake.mappings_) {}

  void run(model::RawBatch batch, const std::shared_ptr<const normalize::Enricher>& enricher) {
    if (batch.first_position == 0) batch.first_position = intake_.take_positions(batch.records.size());
    auto pending = std::make_shared<Pending>(intake_, std::move(batch));
    const std::size_t count = pending->raw.records.size();
    for (std::size_t from = 0; from < count; from += kRecordsPerBatch) {
      append(pending, from, std::min(count, from + kRecordsPerBatch), enricher);
    }
    pending->settled(base::ok_status());
  }

 private:
  // The records of [from, to) that are new, as a batch of their own; their places go to `places`.
  model::RawBatch select(Pending& pending, std::size_t from, std::size_t to, const TicketPtr& ticket,
                         std::vector<std::size_t>& places, std::vector<TicketPtr>& awaited) {
    const model::RawBatch& raw = pending.raw;
    model::RawBatch part;
    part.listener = raw.listener;
    part.tenant = raw.tenant;
    part.source = raw.source;
    part.format = raw.format;
    part.bytes = raw.bytes;
    part.extras = raw.extras;
    part.received = raw.received;
    part.first_position = raw.first_position + from;
    for (std::size_t i = from; i < to; ++i) {
      const model::RawRecord& record = raw.records[i];
      // The events of an EVTX chunk have ids of their own.
      if (!record.id.empty() && raw.format != kEvtx &&
          known(record, raw, pending.outcomes[i], ticket, awaited))
        continue;
      part.records.push_back(record);
      places.push_back(i);
    }
    return part;
  }

  static std::string_view scope_of(const model::RawRecord& record) {
    return record.id_tells_bytes ? kAnywhere : std::string_view(record.dataset);
  }

  bool known(const model::RawRecord& record, const model::RawBatch& raw, model::RecordOutcome& outcome,
             const TicketPtr& ticket, std::vector<TicketPtr>& awaited) {
    const std::string_view text = std::string_view(*raw.bytes).substr(record.offset, record.size);
    const std::uint64_t hash = record.id_tells_bytes ? 0 : base::hash64(text);
    const auto answer = intake_.ids_.remember(scope_of(record), record.id, hash, ticket, !record.must_be_new);
    if (answer.known == IdMemory::Known::no) return false;
    if (record.must_be_new) {
      outcome.kind = model::RecordOutcome::Kind::conflict;
      outcome.reason = "an event with this id was taken before";
    } else if (answer.known == IdMemory::Known::same) {
      outcome.kind = model::RecordOutcome::Kind::duplicate;
    } else {
      return false;
    }
    if (answer.ticket && answer.ticket != ticket) awaited.push_back(answer.ticket);
    return true;
  }

  void append(const std::shared_ptr<Pending>& pending, std::size_t from, std::size_t to,
              const std::shared_ptr<const normalize::Enricher>& enricher) {
    auto ticket = std::make_shared<AppendTicket>();
    std::vector<std::size_t> places;
    std::vector<TicketPtr> awaited;
    model::RawBatch part = select(*pending, from, to, ticket, places, awaited);
    for (const TicketPtr& other : awaited) {
      // What another append brings is acknowledged when that one is.
      pending->started();
      other->when_settled([pending](bool stored) {
        pending->settled(stored ? base::ok_status()
                                : base::make_error(base::ErrorCode::busy, "sent again too soon"));
      });
    }
    if (part.records.empty()) return;
    std::vector<std::string> chunk_ids;
    const auto is_new = [&](const std::string& id) {
      const auto answer = intake_.ids_.remember(kAnywhere, id, 0, ticket, false);
      if (answer.known == IdMemory::Known::no) chunk_ids.push_back(id);
      return answer.known == IdMemory::Known::no;
    };
    normalize::NormalizedBatch parsed = normalizer_.parse(part, is_new);
    for (std::size_t i = 0; i < places.size(); ++i) {
      model::RecordOutcome& outcome = pending->outcomes[places[i]];
      outcome.sequence = parsed.rows[i] == normalize::NormalizedBatch::kNoRow ? 0 : parsed.rows[i];
      if (parsed.failures[i].empty()) continue;
      outcome.kind = model::RecordOutcome::Kind::unparsed;
      outcome.reason = std::move(parsed.failures[i]);
    }
    if (parsed.batch->empty()) return ticket->settle(true);
    if (enricher) parsed.batch = enricher->enrich(std::move(parsed.batch));
    pending->started();
    intake_.bus_.append(kEventsTopic, std::move(parsed.batch),
                        [pending, ticket, places = std::move(places),
                         chunk_ids = std::move(chunk_ids)](base::Result<std::uint64_t> first) {
                          if (!first.ok()) {
                            for (const std::string& id : chunk_ids) {
                              pending->intake.ids_.forget(kAnywhere, id, ticket);
                            }
                          }
                          settle(*pending, ticket, places, first);
                        });
  }

  static void settle(Pending& pending, const TicketPtr& ticket, const std::vector<std::size_t>& places,
                     const base::Result<std::uint64_t>& first) {
    for (const std::size_t place : places) {
      if (first.ok()) {
        pending.outcomes[place].sequence += first.value();
      } else if (const model::RawRecord& record = pending.raw.records[place]; !record.id.empty()) {
        pending.intake.ids_.forget(scope_of(record), record.id, ticket);
      }
    }
    ticket->settle(first.ok());
    pending.settled(first.ok() ? base::ok_status() : base::Status(first.error()));
  }

  LiveIntake& intake_;
  normalize::RecordNormalizer normalizer_;
};

LiveIntake::LiveIntake(ports::Bus& bus, const normalize::MappingSet& mappings, SourceBook& sources,
                       base::Metrics& metrics, base::Logger& log, const IntakeOptions& options)
    : bus_(bus),
      mappings_(mappings),
      sources_(sources),
      metrics_(metrics),
      log_(log),
      options_(options),
      ids_(options.remembered_ids),
      acknowledge_time_(metrics.latency("vedette_intake_acknowledge_seconds",
                                        "From the arrival of a batch to its acknowledgement.")),
      next_position_(static_cast<std::uint64_t>(clock_now())) {
  collector_ = metrics.on_collect([this](base::MetricSink& sink) {
    sink.gauge("vedette_intake_queue_bytes", "Raw batches that wait to be parsed.", {},
               static_cast<double>(queued_bytes()));
  });
  for (int i = 0; i < std::max(1, options.threads); ++i) workers_.emplace_back([this, i] { work(i); });
}

LiveIntake::~LiveIntake() {
  close();
}

bool LiveIntake::offer(model::RawBatch& batch) {
  const std::size_t cost = cost_of(batch);
  std::lock_guard lock(mutex_);
  if (closing_) return false;
  if (!queue_.empty() && queue_bytes_ + cost > options_.queue_bytes) return false;
  queue_bytes_ += cost;
  // Batches of a file go to one worker, in order: records of some formats depend on those before.
  const int worker = batch.listener == kFiles
                         ? static_cast<int>(base::hash64(batch.source->path) % workers_.size())
                         : kAnyWorker;
  queue_.push_back({std::move(batch), worker});
  ++in_flight_;
  changed_.notify_all();
  return true;
}

void LiveIntake::when_ready(std::function<void()> call) {
  {
    std::lock_guard lock(mutex_);
    if (queue_bytes_ >= options_.queue_bytes / 2 && !closing_) {
      waiting_.push_back(std::move(call));
      return;
    }
  }
  call();
}

base::Status LiveIntake::accepting() const {
  std::lock_guard lock(mutex_);
  if (closing_) return base::make_error(base::ErrorCode::cancelled, "the server is closing");
  if (!refusing_.ok() && clock_now() < refusing_until_) return refusing_;
  return base::ok_status();
}

std::chrono::seconds LiveIntake::retry_after() const {
  return std::chrono::seconds(accepting().ok() ? 1 : 10);
}

void LiveIntake::dropped(const std::string& listener, const std::string& reason, std::uint64_t events) {
  log_.warning("events were dropped", {{"vedette.listener", listener},
                                       {"event.reason", reason},
                                       {"vedette.events", static_cast<std::int64_t>(events)}});
}

void LiveIntake::dead_letter(const std::string& listener, const std::shared_ptr<const model::Source>& source,
                             std::string_view bytes, std::string_view reason) {
  model::BatchBuilder builder(source);
  builder.begin_row(take_positions(1));
  builder.set_time(clock_now());
  builder.add_copy(model::field::event_dataset, "vedette.dead_letter");
  builder.add_copy(model::field::event_original, bytes.substr(0, kDeadLetterBytes));
  builder.add_copy(model::field::error_message, reason);
  builder.add_copy(model::intern("vedette.dead_letter.listener"), listener);
  builder.end_row();
  metrics_.counter("vedette_dead_letters_total", "Bytes that were no event.", {{"listener", listener}}).add();
  bus_.append(kEventsTopic, builder.finish(), [](const base::Result<std::uint64_t>&) {});
}

void LiveIntake::set_enricher(std::shared_ptr<const normalize::Enricher> enricher) {
  std::lock_guard lock(mutex_);
  enricher_ = std::move(enricher);
}

void LiveIntake::restore_ids() {
  const auto bounds = bus_.bounds(kEventsTopic);
  if (!bounds) return;
  const model::FieldId id_field = model::intern("_id"), hash_field = model::intern("event.hash");
  const model::FieldId scope_field = model::intern("data_stream.dataset");
  // All that the log still holds: after a kill offsets leave gaps, so they do not tell how many events there
  // are.
  std::uint64_t offset = bounds->begin;
  std::int64_t restored = 0;
  while (offset < bounds->end) {
    const auto records = bus_.read(kEventsTopic, offset, kRestoreBytes, std::chrono::milliseconds(0));
    if (!records || records->empty()) break;
    for (const ports::Record& record : *records) {
      for (std::size_t row = 0; row < record.batch->size(); ++row) {
        const model::Event event = (*record.batch)[row];
        const std::string_view id = event.text(id_field);
        if (id.empty()) continue;
        const std::string_view digits = event.text(hash_field);
        std::uint64_t hash = 0;
        for (const char c : digits) hash = hash << 4 | static_cast<unsigned>(base::hex_digit(c));
        ++restored;
        ids_.restore(digits.empty() ? kAnywhere : event.text(scope_field), id, hash);
      }
      offset = record.offset + record.count;
    }
  }
  log_.info("ids of the newest events are known again", {{"vedette.ids", restored}});
}

void LiveIntake::close() {
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return in_flight_ == 0; });
  }
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  std::vector<std::function<void()>> waiting;
  {
    std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const auto& call : waiting) call();
}

std::size_t LiveIntake::queued_bytes() const {
  std::lock_guard lock(mutex_);
  return queue_bytes_;
}

void LiveIntake::work(int number) {
  Worker worker(*this);
  std::deque<Task>::iterator mine;
  const auto find_mine = [&] {
    mine = std::find_if(queue_.begin(), queue_.end(),
                        [&](const Task& task) { return task.worker == kAnyWorker || task.worker == number; });
    return mine != queue_.end();
  };
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return find_mine() || closing_; });
    if (!find_mine()) return;
    model::RawBatch batch = std::move(mine->batch);
    queue_.erase(mine);
    const auto enricher = enricher_;
    queue_bytes_ -= cost_of(batch);
    std::vector<std::function<void()>> ready;
    if (queue_bytes_ < options_.queue_bytes / 2) ready.swap(waiting_);
    lock.unlock();
    for (const auto& call : ready) call();
    worker.run(std::move(batch), enricher);
  }
}

void LiveIntake::count_stored(const model::RawBatch& raw, std::uint64_t events, std::uint64_t failures) {
  const base::Labels labels{{"listener", raw.listener}};
  metrics_.counter("vedette_intake_events_total", "Events that are in the log.", labels).add(events);
  metrics_.counter("vedette_intake_bytes_total", "Bytes of the batches they came in.", labels)
      .add(raw.bytes->size());
  if (failures > 0) {
    metrics_.counter("vedette_intake_unparsed_total", "Events kept as dead letters.", labels).add(failures);
  }
  const std::uint64_t again = raw.records.size() - std::min<std::uint64_t>(events, raw.records.size());
  if (again > 0) {
    metrics_.counter("vedette_intake_duplicates_total", "Events that had been sent before.", labels)
        .add(again);
  }
  sources_.add(raw.source->path, raw.listener, events, raw.bytes->size(), failures, clock_now());
}

void LiveIntake::finished(base::TimeNs received) {
  if (received > 0) acknowledge_time_.observe_ns(clock_now() - received);
  std::lock_guard lock(mutex_);
  --in_flight_;
  changed_.notify_all();
}

void LiveIntake::refuse_for_a_while(const base::Error& error) {
  if (error.code == base::ErrorCode::busy || error.code == base::ErrorCode::cancelled) return;
  log_.error("the log takes no events", {{"error.message", error.message}});
  std::lock_guard lock(mutex_);
  refusing_ = error;
  refusing_until_ = clock_now() + kRefuseFor;
}

std::uint64_t LiveIntake::take_positions(std::uint64_t count) {
  std::lock_guard lock(mutex_);
  const std::uint64_t first = std::max(next_position_, static_cast<std::uint64_t>(clock_now()));
  next_position_ = first + count;
  return first;
}

}  // namespace vedette::node
