#include "live/node_service.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "dead_letter_batches.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/node/serve_config.hpp"
#include "vedette/node/support_bundle.hpp"

namespace vedette::node {
namespace {

constexpr std::chrono::milliseconds kLookAgain{50};

// The intake's answer to one batch; it may come after the one who asked has left.
struct PendingAnswer {
  std::mutex mutex;  // guards answer
  std::condition_variable answered;
  std::optional<model::IntakeAnswer> answer;
};

base::Error replay_cancelled() {
  return base::make_error(base::ErrorCode::cancelled, "the replay was cancelled");
}

}  // namespace

std::vector<api::Fact> LiveNodeService::facts() const {
  std::vector<api::Fact> out;
  for (auto& [name, value] : parts_.facts()) out.push_back({std::move(name), std::move(value)});
  return out;
}

std::vector<api::NodeService::Check> LiveNodeService::checks() const {
  std::vector<Check> out;
  for (api::ReadyCheck& check : parts_.checks())
    out.push_back({std::move(check.name), std::move(check.problem)});
  return out;
}

std::string LiveNodeService::storage_json() const {
  const store::StoreUse use = parts_.store->use();
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().key("datasets").begin_array();
  for (const store::DatasetUse& dataset : use.datasets) {
    json.begin_object().field("dataset", dataset.dataset).field("day", dataset.day);
    json.field("parts", dataset.parts).field("events", dataset.rows);
    json.field("bytes", dataset.bytes).field("raw_bytes", dataset.raw_bytes);
    json.field("from", base::format_rfc3339(dataset.min_time));
    json.field("to", base::format_rfc3339(dataset.max_time)).end_object();
  }
  json.end_array().field("unsealed_events", use.unsealed_rows).field("next_sequence", use.next_sequence);
  json.key("quarantined").begin_array();
  for (const std::string& part : use.quarantined) json.string(part);
  json.end_array().end_object();
  return out;
}

std::string LiveNodeService::configuration_yaml() const {
  ServeConfig config;
  config.schema = serve_schema();
  config.loaded.root = *parts_.config;
  return redact_secrets(config, base::print_config(config.schema, *parts_.config));
}

// Offers the batch until it is taken, and waits for the answer.
base::Result<std::uint64_t> LiveNodeService::hand_over(model::RawBatch batch,
                                                       const base::CancellationToken& cancellation) {
  const auto pending = std::make_shared<PendingAnswer>();
  batch.done = [pending](model::IntakeAnswer answer) {
    std::lock_guard lock(pending->mutex);
    pending->answer = std::move(answer);
    pending->answered.notify_all();
  };
  while (!parts_.intake->offer(batch)) {
    TRY(parts_.intake->accepting());
    if (cancellation.cancelled()) return replay_cancelled();
    std::this_thread::sleep_for(kLookAgain);
  }
  std::unique_lock lock(pending->mutex);
  while (!pending->answer) {
    pending->answered.wait_for(lock, kLookAgain);
    if (cancellation.cancelled()) return replay_cancelled();
  }
  if (!pending->answer->ok()) return pending->answer->error();
  const auto& outcomes = pending->answer->value();
  return static_cast<std::uint64_t>(std::count_if(outcomes.begin(), outcomes.end(), [](const auto& outcome) {
    return outcome.kind == model::RecordOutcome::Kind::stored;
  }));
}

base::Result<std::uint64_t> LiveNodeService::replay_dead_letters(
    const ports::LogStore& events, const model::Predicate& filter,
    const base::CancellationToken& cancellation) {
  TRY(parts_.catch_up());
  ReplayTotals totals;
  TRY_ASSIGN(const LetterGroups groups, read_letters(events, *parts_.store, filter, totals, cancellation));
  normalize::RecordNormalizer normalizer(*parts_.mappings);
  for (const auto& [key, letters] : groups) {
    for (std::size_t from = 0; from < letters.size(); from += kReplayBatch) {
      if (cancellation.cancelled()) return replay_cancelled();
      const std::span part(letters.data() + from, std::min(kReplayBatch, letters.size() - from));
      const std::vector<Letter> good = parsing_letters(normalizer, key, part, totals);
      if (good.empty()) continue;
      TRY_ASSIGN(const std::uint64_t stored, hand_over(letter_batch(key, good), cancellation));
      totals.replayed += stored;
    }
  }
  return totals.replayed;
}

}  // namespace vedette::node
