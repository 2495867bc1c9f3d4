#include "vedette/node/serve.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "live/alert_role.hpp"
#include "live/api_service.hpp"
#include "live/clock.hpp"
#include "live/collections.hpp"
#include "live/detect_role.hpp"
#include "live/enrichment.hpp"
#include "live/incident_service.hpp"
#include "live/intake.hpp"
#include "live/intel_service.hpp"
#include "live/listener_set.hpp"
#include "live/live_service.hpp"
#include "live/node_service.hpp"
#include "live/rule_service.hpp"
#include "live/rules_loader.hpp"
#include "live/search_view.hpp"
#include "live/watch_role.hpp"
#include "vedette/adapters/http_client.hpp"
#include "vedette/adapters/secret_store.hpp"
#include "vedette/adapters/smtp_sender.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/api/elasticsearch.hpp"
#include "vedette/api/operations.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cases/notifier.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/data_folder.hpp"

namespace vedette::node {
namespace {

constexpr base::TimeNs kDay = 86'400 * base::kNsPerSecond;

RulesConfig rules_config(const base::ConfigSection& config) {
  const base::ConfigSection& rules = config.section("rules");
  return {rules.boolean("shipped"), rules.texts("folders"), rules.texts("exceptions"),
          rules.texts("suppressions"), rules.texts("placeholders")};
}

DataOptions data_config(const base::ConfigSection& config, base::Logger& log) {
  const base::ConfigSection& data = config.section("data");
  const base::ConfigSection& retention = data.section("retention");
  DataOptions options;
  options.folder = data.text("folder");
  options.sync = data.boolean("sync");
  options.max_age = retention.duration("max_age");
  options.max_bytes = retention.bytes("max_bytes");
  for (const base::ConfigSection& dataset : retention.sections("datasets")) {
    options.max_age_of.emplace_back(dataset.text("dataset"), dataset.duration("max_age"));
  }
  options.reserve_bytes = data.bytes("reserve_bytes");
  const base::ConfigSection& journal = data.section("log_retention");
  options.log_retain_bytes = journal.bytes("retain_bytes");
  options.log_max_bytes = journal.bytes("max_bytes");
  options.report = [&log](const std::string& sentence) {
    log.warning("the data folder reports", {{"message.detail", sentence}});
  };
  return options;
}

int cores() {
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

WatchOptions watch_config(const base::ConfigSection& config) {
  const base::ConfigSection& sources = config.section("sources");
  const base::ConfigSection& health = config.section("health");
  WatchOptions options;
  options.every = std::chrono::nanoseconds(health.duration("interval"));
  options.source_alarms = sources.boolean("alarms");
  options.health_alarms = health.boolean("alarms");
  options.max_lag = std::chrono::nanoseconds(health.duration("max_lag"));
  options.silence.after = sources.duration("silent_after");
  options.silence.at_least = sources.duration("min_silence");
  options.silence.learning_time = sources.duration("learning_time");
  options.silence.forget_after = sources.duration("forget_after");
  return options;
}

int threads_or(std::int64_t configured, int otherwise) {
  return configured > 0 ? static_cast<int>(configured) : otherwise;
}

}  // namespace

struct Server::State {
  State(ServeOptions serve_options, base::Logger& logger)
      : options(std::move(serve_options)),
        log(logger),
        sources(static_cast<std::size_t>(options.config.section("sources").integer("max_sources"))) {}

  base::Status start_data();
  base::Status start_pipeline();
  base::Status start_outbound();
  base::Status start_roles();
  base::Status start_incidents();
  base::Status start_services();
  base::Status start_api();
  void start_search();
  std::vector<std::pair<std::string, std::string>> facts() const;
  base::Result<detect::LiveRules> load_rules();
  base::Status reload_rules();  // thread safe once started
  void note_rules(const detect::LiveRules& rules);
  std::vector<api::ReadyCheck> ready() const;
  std::vector<HealthProblem> problems() const;
  base::Status check_disk() const;
  void progress(const std::string& sentence) const {
    if (options.progress) options.progress(sentence);
  }

  const ServeOptions options;
  base::Logger& log;
  base::Metrics metrics;
  std::atomic<bool> started{false};
  // In the order in which they start; they end in the opposite order.
  std::unique_ptr<DataFolder> data;
  std::unique_ptr<ports::RecordStore> records;
  std::unique_ptr<ports::SecretStore> secrets;
  std::unique_ptr<ports::HttpClient> http;
  std::unique_ptr<ports::MailSender> mail;
  std::unique_ptr<normalize::MappingSet> mappings;
  SourceBook sources;
  std::unique_ptr<LiveIntake> intake;
  std::unique_ptr<Enrichment> enrichment;
  std::unique_ptr<DetectRole> detect;
  std::unique_ptr<AlertRole> alerts;
  std::unique_ptr<cases::Notifier> notifier;
  std::unique_ptr<IncidentService> incidents;
  std::unique_ptr<WatchRole> watch;
  // What the REST API asks.
  std::unique_ptr<LiveRuleService> rule_service;
  std::unique_ptr<LiveIntelService> intel_service;
  std::unique_ptr<LiveNodeService> node_service;
  std::unique_ptr<BusLiveService> live_service;
  std::unique_ptr<net::Io> io;
  std::unique_ptr<api::ElasticsearchSearch> search;
  std::unique_ptr<ListenerSet> listeners;
  std::unique_ptr<ApiService> api;
  std::atomic<std::size_t> rules_loaded{0}, rules_refused{0};
  std::mutex reloading;                      // one reload of rules at a time
  std::atomic<std::uint64_t> rules_seen{0};  // fingerprint of the files
  base::TimeNs rules_looked_at = 0;
  std::shared_ptr<void> collector;
};

base::Status Server::State::start_data() {
  const DataOptions data_options = data_config(options.config, log);
  progress("opening the data folder " + data_options.folder);
  TRY_ASSIGN(data, DataFolder::open(data_options));
  adapters::SqliteOptions sqlite;
  sqlite.file = data_options.folder + "/records.db";
  sqlite.collections = all_collections();
  sqlite.report = data_options.report;
  TRY_ASSIGN(records, adapters::open_sqlite(sqlite));
  collector = metrics.on_collect([this](base::MetricSink& sink) {
    const store::StoreUse use = data->store().use();
    std::uint64_t rows = use.unsealed_rows, bytes = 0;
    for (const store::DatasetUse& dataset : use.datasets) rows += dataset.rows, bytes += dataset.bytes;
    sink.gauge("vedette_store_events", "Events in the store.", {}, static_cast<double>(rows));
    sink.gauge("vedette_store_bytes", "Bytes of its parts.", {}, static_cast<double>(bytes));
    sink.gauge("vedette_store_unsealed_events", "Events that are not in a part yet.", {},
               static_cast<double>(use.unsealed_rows));
    sink.gauge("vedette_store_quarantined_parts", "Damaged parts put aside.", {},
               static_cast<double>(use.quarantined.size()));
  });
  return base::ok_status();
}

// What is said to other servers, and the secrets that needs.
base::Status Server::State::start_outbound() {
  adapters::SecretStoreOptions secret_options;
  secret_options.file = options.config.section("data").text("folder") + "/secrets.keys";
  const std::string configured = options.config.section("api").text("secret_keys");
  for (const std::string_view key : base::split(configured, ',')) {
    if (!base::trim(key).empty()) secret_options.keys.emplace_back(base::trim(key));
  }
  TRY_ASSIGN(secrets, adapters::open_secret_store(secret_options));
  http = adapters::make_http_client();
  mail = adapters::make_smtp_sender();
  return base::ok_status();
}

base::Status Server::State::start_incidents() {
  cases::NotifierParts parts;
  parts.records = records.get();
  parts.secrets = secrets.get();
  parts.http = http.get();
  parts.mail = mail.get();
  parts.log = &log;
  parts.now = clock_now;
  parts.public_url = options.config.section("api").text("public_url");
  while (parts.public_url.ends_with('/')) parts.public_url.pop_back();
  notifier = std::make_unique<cases::Notifier>(std::move(parts));
  incidents = std::make_unique<IncidentService>(options.config.section("correlation"),
                                                options.config.section("data").text("folder"), data->bus(),
                                                *records, notifier.get(), metrics, log);
  TRY(incidents->start());
  notifier->start();
  return base::ok_status();
}

base::Status Server::State::start_pipeline() {
  const base::ConfigSection& config = options.config.section("intake");

  IntakeOptions intake_options;
  intake_options.threads = threads_or(config.integer("threads"), cores());
  intake_options.queue_bytes = config.bytes("queue_bytes");
  intake_options.remembered_ids = static_cast<std::size_t>(config.integer("remembered_ids"));
  mappings = shipped_mappings();
  intake = std::make_unique<LiveIntake>(data->bus(), *mappings, sources, metrics, log, intake_options);
  progress("reading the newest ids");
  intake->restore_ids();
  enrichment = std::make_unique<Enrichment>(options.config.section("enrichment"), *intake, data->store(),
                                            data->bus(), metrics, log);
  return enrichment->start();
}

base::Status Server::State::start_roles() {
  progress("compiling the rules");
  TRY_ASSIGN(detect::LiveRules rules, load_rules());
  note_rules(rules);
  const base::ConfigSection& config = options.config.section("detection");
  DetectRoleOptions detect_options;
  detect_options.folder = options.config.section("data").text("folder") + "/detect";
  detect_options.detector.threads = threads_or(config.integer("threads"), cores());
  detect_options.detector.lateness = config.duration("lateness");
  detect_options.foreign_alerts = config.boolean("foreign_alerts");
  detect = std::make_unique<DetectRole>(data->bus(), metrics, log, detect_options);
  TRY(detect->start(std::move(rules)));
  alerts = std::make_unique<AlertRole>(data->bus(), data->store(), *records, metrics, log);
  TRY(alerts->start());
  TRY(start_incidents());
  WatchOptions watch_options = watch_config(options.config);
  watch_options.problems = [this] { return problems(); };
  watch = std::make_unique<WatchRole>(data->bus(), *records, sources, *detect, metrics, log, watch_options);
  TRY(watch->start());
  return start_services();
}

base::Status Server::State::start_services() {
  rule_service = std::make_unique<LiveRuleService>(
      LiveRuleService::Parts{rules_config(options.config), records.get(),
                             [this] { return detect->rule_states(); }, [this] { return reload_rules(); }});
  intel_service = std::make_unique<LiveIntelService>(*records, enrichment->feeds());
  TRY(intel_service->reload());
  LiveNodeService::Parts parts;
  parts.store = &data->store();
  parts.intake = intake.get();
  parts.mappings = mappings.get();
  parts.config = &options.config;
  parts.facts = [this] { return facts(); };
  parts.checks = [this] { return ready(); };
  parts.catch_up = [this]() -> base::Status {
    TRY_ASSIGN(const auto bounds, data->bus().bounds(kEventsTopic));
    return data->wait_for(bounds.end);
  };
  node_service = std::make_unique<LiveNodeService>(std::move(parts));
  live_service = std::make_unique<BusLiveService>(data->bus());
  return base::ok_status();
}

std::vector<std::pair<std::string, std::string>> Server::State::facts() const {
  std::vector<std::pair<std::string, std::string>> out;
  if (listeners) out = listeners->facts();
  out.emplace_back("rules", fmt::format("{} loaded, {} refused", rules_loaded.load(), rules_refused.load()));
  out.emplace_back("version", options.version);
  return out;
}

base::Status Server::State::start_api() {
  api::Operations operations;
  operations.metrics = &metrics;
  operations.version = options.version;
  operations.ready = [this] { return ready(); };
  operations.facts = [this] { return facts(); };
  ApiServices services{data->store(), *records, metrics, log};
  services.rules = rule_service.get();
  services.intel = intel_service.get();
  services.node = node_service.get();
  services.live = live_service.get();
  services.incidents = &incidents->book();
  services.notifier = notifier.get();
  services.secrets = secrets.get();
  services.http = http.get();
  TRY_ASSIGN(api,
             ApiService::start(options.config.section("api"), options.config.section("data").text("folder"),
                               services, std::move(operations), *io));
  return base::ok_status();
}

void Server::State::start_search() {
  api::ElasticsearchSearchOptions search_options;
  search_options.next_sequence = [this] { return data->store().use().next_sequence; };
  search_options.now = clock_now;
  search_options.refresh = [this]() -> base::Status {
    TRY_ASSIGN(const auto bounds, data->bus().bounds(kEventsTopic));
    return data->wait_for(bounds.end);
  };
  search = api::make_elasticsearch_search(data->store(), std::move(search_options));
  listeners->set_search(search->handler(), search->handler(search_view(api->access(), data->store())));
}

base::Status Server::State::check_disk() const {
  const std::string& folder = options.config.section("data").text("folder");
  TRY_ASSIGN(const std::uint64_t free, base::posix_file_system().free_bytes(folder));
  if (free >= options.config.section("health").bytes("min_free_bytes")) return base::ok_status();
  return base::make_error(base::ErrorCode::no_space,
                          fmt::format("only {} MB are free below {}", free >> 20, folder));
}

std::vector<api::ReadyCheck> Server::State::ready() const {
  const auto problem = [](const base::Status& status) {
    return status.ok() ? std::string() : status.error().message;
  };
  if (!started) return {{"start", "the node is starting"}};
  const auto bounds = data->bus().bounds(kEventsTopic);
  std::string lag;
  if (bounds && detect->lag(bounds->end) > watch_config(options.config).max_lag) {
    lag = fmt::format("{} events wait for the rules", bounds->end - detect->offset());
  }
  return {{"intake", problem(intake->accepting())},
          {"detection", lag},
          {"log", problem(bounds.ok() ? base::ok_status() : base::Status(bounds.error()))}};
}

std::vector<HealthProblem> Server::State::problems() const {
  std::vector<HealthProblem> found;
  if (const base::Status disk = check_disk(); !disk.ok()) {
    found.push_back({"disk_space", disk.error().message, model::Level::high});
  }
  if (const base::Status accepting = intake->accepting(); !accepting.ok()) {
    found.push_back({"intake_refuses", accepting.error().message, model::Level::high});
  }
  if (rules_refused > 0) {
    found.push_back({"rules_refused", fmt::format("{} rules could not be loaded", rules_refused.load()),
                     model::Level::low});
  }
  for (const auto& [name, days] :
       listeners ? listeners->certificate_days() : decltype(listeners->certificate_days()){}) {
    if (days * kDay >= options.config.section("health").duration("certificate_expiry")) continue;
    found.push_back({"certificate:" + name, fmt::format("the certificate of {} ends in {} days", name, days),
                     model::Level::medium});
  }
  return found;
}

Server::Server() = default;
Server::~Server() {
  if (state_) static_cast<void>(stop(std::chrono::seconds(5)));
}

base::Result<std::unique_ptr<Server>> Server::start(ServeOptions options, base::Logger& log) {
  std::unique_ptr<Server> server(new Server());
  server->state_ = std::make_unique<State>(std::move(options), log);
  State& state = *server->state_;
  TRY(state.start_data());
  TRY(state.start_outbound());
  TRY(state.start_pipeline());
  TRY(state.start_roles());
  state.io = std::make_unique<net::Io>(2);
  state.listeners = std::make_unique<ListenerSet>(*state.io, *state.intake, state.metrics, log,
                                                  state.options.config.section("data").text("folder"),
                                                  state.options.version);
  TRY(state.start_api());
  state.start_search();
  TRY(state.listeners->start(state.options.config.section("listeners")));
  state.started = true;
  return server;
}

base::Status Server::poll() {
  State& state = *state_;
  const base::TimeNs interval = state.options.config.section("rules").duration("reload_interval");
  const base::TimeNs now = clock_now();
  if (interval == 0 || now - state.rules_looked_at < interval) return base::ok_status();
  state.rules_looked_at = now;
  if (fingerprint(rules_config(state.options.config)) == state.rules_seen) return base::ok_status();
  state.log.info("rule files have changed");
  return state.reload_rules();
}

base::Result<detect::LiveRules> Server::State::load_rules() {
  const RulesConfig config = rules_config(options.config);
  rules_seen = fingerprint(config);
  TRY_ASSIGN(const detect::ActiveSources book, detect::RuleBook(*records).active_sources());
  return load_live_rules(config, book);
}

base::Status Server::State::reload_rules() {
  const std::lock_guard lock(reloading);
  TRY_ASSIGN(detect::LiveRules rules, load_rules());
  // Compiled for what the stream carries before the swap, so that no event waits for it.
  rules.engine->prepare_like(*detect->engine());
  note_rules(rules);
  detect->replace(std::move(rules));
  return base::ok_status();
}

void Server::State::note_rules(const detect::LiveRules& rules) {
  rules_loaded = rules.engine->rules().rules.size() + rules.engine->rules().correlations.size();
  rules_refused = rules.refused.size();
  for (const std::string& refused : rules.refused) {
    log.warning("a rule was refused", {{"error.message", refused}});
  }
}

base::Status Server::reload() {
  State& state = *state_;
  base::Status first = base::ok_status();
  const auto keep = [&](const base::Status& status) {
    if (!status.ok() && first.ok()) first = status;
  };
  keep(state.reload_rules());
  keep(state.enrichment->reload());
  keep(state.listeners->reload());
  keep(state.api->reload());
  return first;
}

base::Status Server::stop(std::chrono::milliseconds deadline) {
  State& state = *state_;
  base::Status first = base::ok_status();
  const auto keep = [&](const base::Status& status) {
    if (!status.ok() && first.ok()) first = status;
  };
  state.started = false;
  state.progress("closing the listeners");
  if (state.api) state.api->stop();
  if (state.listeners) state.listeners->drain(deadline);
  if (state.search) state.search->stop();
  if (state.enrichment) state.enrichment->stop();
  if (state.intake) state.intake->close();
  state.progress("working off what is in the log");
  if (state.detect) keep(state.detect->stop());
  if (state.alerts) keep(state.alerts->stop());
  if (state.incidents) keep(state.incidents->stop());
  if (state.notifier) state.notifier->stop();
  if (state.watch) state.watch->stop();
  if (state.io) state.io->stop();
  state.listeners.reset();
  state.progress("sealing the store");
  state.collector.reset();
  if (state.data) keep(state.data->stop());
  state_.reset();
  return first;
}

std::vector<std::pair<std::string, std::string>> Server::facts() const {
  const State& state = *state_;
  std::vector<std::pair<std::string, std::string>> out;
  out.emplace_back("operations", state.api->url());
  if (const std::string pin = state.api->key_pin(); !pin.empty()) out.emplace_back("its key", pin);
  if (const std::string file = state.api->set_up_token_file(); !file.empty()) {
    out.emplace_back("set up", "the first administrator, with the token in " + file);
  }
  for (auto& fact : state.listeners->facts()) out.push_back(std::move(fact));
  out.emplace_back(
      "rules", fmt::format("{} loaded, {} refused", state.rules_loaded.load(), state.rules_refused.load()));
  out.emplace_back("data", state.options.config.section("data").text("folder"));
  return out;
}

}  // namespace vedette::node
