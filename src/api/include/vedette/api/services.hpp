// What the REST API asks of the node: plain interfaces, so that role processes and tests can serve it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/diagnostic.hpp"
#include "vedette/base/result.hpp"
#include "vedette/detect/live.hpp"
#include "vedette/model/search.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::api {

// Rules: those of files (shipped, folders; read only) and those of the record store (src/detect/rules_book).
class RuleService {
 public:
  virtual ~RuleService() = default;
  virtual std::vector<detect::RuleState> states() const = 0;
  // YAML of a rule that came from a file or a package; not_found.
  virtual base::Result<std::string> source_of(std::string_view rule_id) const = 0;
  // Compiles the rules again, with what the record store now says is active: at once, without losing an
  // event.
  virtual base::Status reload() = 0;
  // Runs the YAML over stored events; alerts as they come, counts over time by the caller.
  struct BackTest {
    std::uint64_t events = 0, alerts = 0;
  };
  virtual base::Result<BackTest> back_test(std::string_view yaml, const ports::LogStore& events,
                                           const model::TimeRange& range,
                                           const std::function<bool(const model::AlertRecord&)>& on_alert,
                                           const base::CancellationToken& cancellation) const = 0;
  // Runs it over single events, JSON texts in any format that is ingested; parallel to them: the alerts of
  // each.
  virtual base::Result<std::vector<std::vector<model::AlertRecord>>> test(
      std::string_view yaml, const std::vector<std::string>& events) const = 0;
  virtual base::Diagnostics lint(std::string_view yaml) const = 0;
  // The log sources and fields that rules and conditions of exceptions mean.
  virtual detect::Taxonomy taxonomy() const { return {}; }
};

// Indicators and feeds.
struct FeedState {
  std::string name, kind, url, last_error;
  bool configured = false;  // in vedette.yaml: read only here
  std::uint64_t indicators = 0;
  base::TimeNs last_polled = 0, next_poll = 0;
};
class IntelService {
 public:
  virtual ~IntelService() = default;
  virtual std::vector<FeedState> feeds() const = 0;
  virtual base::Status poll_now(std::string_view feed) = 0;
  // Takes up indicators and feeds that the record store now holds ("indicators", "feeds" collections).
  virtual base::Status reload() = 0;
  // Indicators of all feeds that match a value, as JSON objects.
  virtual std::vector<std::string> look_up(std::string_view value) const = 0;
};

// The node itself.
struct Fact {
  std::string name, value;
};
class NodeService {
 public:
  virtual ~NodeService() = default;
  virtual std::vector<Fact> facts() const = 0;
  struct Check {
    std::string name, problem;
  };
  virtual std::vector<Check> checks() const = 0;
  // Storage: datasets with rows and bytes, as JSON objects.
  virtual std::string storage_json() const = 0;
  virtual std::string configuration_yaml() const = 0;  // without secrets
  // Replays dead letters that match the predicate into the intake.
  virtual base::Result<std::uint64_t> replay_dead_letters(const ports::LogStore& events,
                                                          const model::Predicate& filter,
                                                          const base::CancellationToken& cancellation) = 0;
};

// What comes in, as it comes.
class LiveService {
 public:
  virtual ~LiveService() = default;
  enum class Topic : std::uint8_t { events, alerts };
  using OnBatch = std::function<bool(const std::shared_ptr<const model::EventBatch>&)>;  // false: enough
  // Calls `on_batch` with what is appended from now on until it answers false or it is cancelled; blocks.
  // Null batches come at least each second, for keep-alives. A slow caller misses batches; `dropped` counts
  // events.
  virtual base::Status follow(Topic topic, const OnBatch& on_batch, std::uint64_t& dropped,
                              const base::CancellationToken& cancellation) = 0;
};

}  // namespace vedette::api
