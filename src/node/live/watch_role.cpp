#include "live/watch_role.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "live/clock.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/node/data_folder.hpp"

namespace vedette::node {
namespace {

constexpr std::size_t kWritesAtOnce = 500;
constexpr std::string_view kSources = "sources", kRuleStates = "rule_states";

ports::RecordWrite source_write(const SourceState& state) {
  std::string document;
  base::JsonWriter json(document);
  json.begin_object();
  json.field("source", state.source).field("listener", state.listener);
  json.field("events", state.events).field("bytes", state.bytes).field("failures", state.failures);
  json.field("first_seen", state.first_seen).field("last_seen", state.last_seen);
  json.field("usual_pause", state.usual_pause).field("longest_pause", state.longest_pause);
  json.field("pauses", state.pauses).field("silent", state.silent);
  json.end_object();
  ports::RecordWrite write;
  write.collection = kSources;
  write.id = state.source;
  write.document = std::move(document);
  const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
  write.columns = {{"listener", state.listener},       {"events", number(state.events)},
                   {"bytes", number(state.bytes)},     {"failures", number(state.failures)},
                   {"first_seen", state.first_seen},   {"last_seen", state.last_seen},
                   {"usual_pause", state.usual_pause}, {"longest_pause", state.longest_pause},
                   {"pauses", number(state.pauses)},   {"silent", number(state.silent)}};
  return write;
}

SourceState source_of(const ports::StoredRecord& record) {
  const auto number = [&](std::string_view column) -> std::int64_t {
    const auto found = record.columns.find(column);
    const auto* value = found == record.columns.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return value ? *value : 0;
  };
  const auto text = [&](std::string_view column) -> std::string {
    const auto found = record.columns.find(column);
    const auto* value = found == record.columns.end() ? nullptr : std::get_if<std::string>(&found->second);
    return value ? *value : std::string();
  };
  SourceState state;
  state.source = record.id;
  state.listener = text("listener");
  state.events = static_cast<std::uint64_t>(number("events"));
  state.bytes = static_cast<std::uint64_t>(number("bytes"));
  state.failures = static_cast<std::uint64_t>(number("failures"));
  state.first_seen = number("first_seen");
  state.last_seen = number("last_seen");
  state.usual_pause = number("usual_pause");
  state.longest_pause = number("longest_pause");
  state.pauses = static_cast<std::uint64_t>(number("pauses"));
  state.silent = number("silent") != 0;
  return state;
}

ports::RecordWrite rule_write(const detect::RuleState& state) {
  std::string document;
  base::JsonWriter json(document);
  json.begin_object();
  json.field("id", state.id).field("title", state.title).field("file", state.file);
  json.field("level", model::level_name(state.level)).field("state", detect::rule_state_name(state.kind));
  json.field("why", state.why);
  json.field("hits", state.hits).field("alerts", state.alerts);
  json.field("suppressed", state.suppressed).field("excepted", state.excepted);
  json.field("evaluations", state.evaluations).field("cost_ns", state.cost_ns).field("costly", state.costly);
  json.end_object();
  ports::RecordWrite write;
  write.collection = kRuleStates;
  write.id = state.id;
  write.document = std::move(document);
  write.columns = {{"title", state.title},
                   {"level", std::string(model::level_name(state.level))},
                   {"state", std::string(detect::rule_state_name(state.kind))},
                   {"alerts", static_cast<std::int64_t>(state.alerts)},
                   {"cost_ns", static_cast<std::int64_t>(state.cost_ns)}};
  return write;
}

// Leaves out what the store has already.
base::Status write_changed(ports::RecordStore& records, std::vector<ports::RecordWrite> writes,
                           std::map<std::string, std::string>& written) {
  std::erase_if(writes, [&](const ports::RecordWrite& write) {
    std::string& before = written[write.collection + "/" + write.id];
    if (before == write.document) return true;
    before = write.document;
    return false;
  });
  for (std::size_t at = 0; at < writes.size(); at += kWritesAtOnce) {
    const auto applied =
        records.apply(std::span(writes).subspan(at, std::min(kWritesAtOnce, writes.size() - at)));
    if (!applied) {
      written.clear();
      return applied.error();
    }
  }
  return base::ok_status();
}

}  // namespace

std::vector<ports::CollectionSchema> watch_collections() {
  using ports::ColumnType;
  const auto integer = [](std::string name) {
    return ports::ColumnSchema{std::move(name), ColumnType::integer, false};
  };
  return {{std::string(kSources),
           {{"listener", ColumnType::text, true},
            integer("events"),
            integer("bytes"),
            integer("failures"),
            integer("first_seen"),
            {"last_seen", ColumnType::integer, true},
            integer("usual_pause"),
            integer("longest_pause"),
            integer("pauses"),
            {"silent", ColumnType::integer, true}}},
          {std::string(kRuleStates),
           {{"title", ColumnType::text, false},
            {"level", ColumnType::text, true},
            {"state", ColumnType::text, true},
            {"alerts", ColumnType::integer, true},
            {"cost_ns", ColumnType::integer, true}}},
          {"settings", {}}};
}

WatchRole::WatchRole(ports::Bus& bus, ports::RecordStore& records, SourceBook& sources, DetectRole& detect,
                     base::Metrics& metrics, base::Logger& log, WatchOptions options)
    : bus_(bus),
      records_(records),
      sources_(sources),
      detect_(detect),
      log_(log),
      problems_gauge_(metrics.gauge("vedette_health_problems", "What is wrong with the node at the moment.")),
      options_(std::move(options)) {}

WatchRole::~WatchRole() {
  stop();
}

base::Status WatchRole::start() {
  ports::RecordQuery query;
  query.collection = kSources;
  query.limit = 10'000;
  TRY_ASSIGN(const auto page, records_.find(query));
  for (const ports::StoredRecord& record : page.records) sources_.restore(source_of(record));
  thread_ = std::thread([this] { run(); });
  return base::ok_status();
}

void WatchRole::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    stopped_.notify_all();
  }
  thread_.join();
  write_records();
}

void WatchRole::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, options_.every, [&] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void WatchRole::look() {
  check_sources();
  check_health();
  const base::TimeNs now = clock_now();
  if (now - recorded_ < std::chrono::nanoseconds(options_.record_every).count()) return;
  recorded_ = now;
  write_records();
}

// The id is made of the rule, the key and the time, so two problems are two alerts.
void WatchRole::raise(const std::string& rule, const std::string& title, const std::string& key,
                      const std::string& message, model::Level level, const std::string& host) {
  const base::TimeNs now = clock_now();
  model::AlertRecord alert;
  alert.id = base::hash128_hex(fmt::format("{}\n{}\n{}", rule, key, now));
  alert.rule_id = rule;
  alert.rule_title = title;
  alert.level = level;
  alert.time = now;
  alert.detected = now;
  alert.risk_score = model::risk_of(level);
  alert.group_key = key;
  if (!host.empty()) alert.entities.push_back({model::EntityKind::host, host});
  std::string document;
  base::JsonWriter json(document);
  json.begin_object();
  json.field("@timestamp", base::format_rfc3339(now)).field("event.kind", "alert");
  json.field("event.dataset", "vedette.health").field("message", message);
  json.field("rule.id", rule).field("rule.name", title);
  json.field("vedette.rule.level", model::level_name(level)).field("vedette.alert.id", alert.id);
  json.end_object();
  alert.document = std::move(document);
  log_.warning(title, {{"message.detail", message}});
  bus_.append(kAlertsTopic, model::alert_batch(std::span(&alert, 1)),
              [](const base::Result<std::uint64_t>&) {});
}

void WatchRole::check_sources() {
  for (const SourceBook::Change& change : sources_.changes(options_.silence, clock_now())) {
    const SourceState& state = change.state;
    if (!options_.source_alarms) continue;
    if (!change.silent) {
      log_.info("a source sends again", {{"log.source", state.source}});
      continue;
    }
    raise("vedette-source-silent", "A source has stopped sending", state.source,
          fmt::format("{} has sent nothing since {}; its longest pause so far was {}", state.source,
                      base::format_rfc3339(state.last_seen), base::format_duration(state.longest_pause)),
          model::Level::medium, state.source);
  }
}

std::vector<HealthProblem> WatchRole::find_problems() {
  std::vector<HealthProblem> found;
  if (options_.problems) found = options_.problems();
  const auto bounds = bus_.bounds(kEventsTopic);
  if (bounds && detect_.lag(bounds->end) > options_.max_lag) {
    found.push_back({"detection_lag",
                     fmt::format("{} events have waited for the rules for {}", bounds->end - detect_.offset(),
                                 base::format_duration(detect_.lag(bounds->end).count() / base::kNsPerSecond *
                                                       base::kNsPerSecond)),
                     model::Level::high});
  }
  for (const detect::RuleState& rule : detect_.rule_states()) {
    if (!rule.costly) continue;
    found.push_back({"rule_costly:" + rule.id,
                     fmt::format("the rule \"{}\" ({}) takes more than {:.0f} % of the time of detection",
                                 rule.title, rule.id, detect::kCostlyShare * 100),
                     model::Level::low});
  }
  return found;
}

void WatchRole::check_health() {
  const std::vector<HealthProblem> problems = find_problems();
  problems_gauge_.set(static_cast<std::int64_t>(problems.size()));
  for (const HealthProblem& problem : problems) {
    if (!options_.health_alarms || !active_.emplace(problem.name, clock_now()).second) continue;
    raise("vedette-health", "The node is not well", problem.name, problem.message, problem.level, "");
  }
  std::erase_if(active_, [&](const auto& entry) {
    const bool gone = std::none_of(problems.begin(), problems.end(),
                                   [&](const HealthProblem& problem) { return problem.name == entry.first; });
    if (gone) log_.info("a problem is over", {{"event.reason", entry.first}});
    return gone;
  });
}

base::Status WatchRole::write_sources() {
  std::vector<ports::RecordWrite> writes;
  for (const SourceState& state : sources_.all()) writes.push_back(source_write(state));
  return write_changed(records_, std::move(writes), written_);
}

base::Status WatchRole::write_rule_states() {
  std::vector<ports::RecordWrite> writes;
  for (const detect::RuleState& state : detect_.rule_states()) writes.push_back(rule_write(state));
  return write_changed(records_, std::move(writes), written_);
}

void WatchRole::write_records() {
  for (const base::Status& status : {write_sources(), write_rule_states()}) {
    if (!status.ok())
      log_.error("sources and rules were not recorded", {{"error.message", status.error().message}});
  }
}

}  // namespace vedette::node
