#include "vedette/node/serve_config.hpp"

#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

#include "vedette/base/files.hpp"
#include "vedette/base/time.hpp"
#include "vedette/ingest/listener.hpp"

namespace vedette::node {
namespace {

using base::ConfigKey;
using base::ConfigType;

constexpr std::int64_t kSecond = base::kNsPerSecond;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kCentury = 36'500 * kDay;
constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kTiB = std::int64_t{1} << 40;

ConfigKey section_key(std::string name, std::string summary, std::vector<ConfigKey> members) {
  return {.name = std::move(name),
          .type = ConfigType::section,
          .summary = std::move(summary),
          .members = std::move(members)};
}

ConfigKey text_key(std::string name, std::string value, std::string summary) {
  return {.name = std::move(name), .default_value = std::move(value), .summary = std::move(summary)};
}

ConfigKey choice_key(std::string name, std::string value, std::string summary,
                     std::vector<std::string> choices) {
  return {.name = std::move(name),
          .default_value = std::move(value),
          .summary = std::move(summary),
          .choices = std::move(choices)};
}

ConfigKey texts_key(std::string name, std::string summary) {
  return {.name = std::move(name), .type = ConfigType::texts, .summary = std::move(summary)};
}

ConfigKey flag_key(std::string name, std::string value, std::string summary) {
  return {.name = std::move(name),
          .type = ConfigType::boolean,
          .default_value = std::move(value),
          .summary = std::move(summary)};
}

struct Bounds {
  std::int64_t min, max;
};

ConfigKey number_key(std::string name, ConfigType type, std::string value, Bounds bounds,
                     std::string summary) {
  return {.name = std::move(name),
          .type = type,
          .default_value = std::move(value),
          .summary = std::move(summary),
          .min = bounds.min,
          .max = bounds.max};
}

ConfigKey duration_key(std::string name, std::string value, Bounds bounds, std::string summary) {
  return number_key(std::move(name), ConfigType::duration, std::move(value), bounds, std::move(summary));
}

ConfigKey bytes_key(std::string name, std::string value, Bounds bounds, std::string summary) {
  return number_key(std::move(name), ConfigType::bytes, std::move(value), bounds, std::move(summary));
}

ConfigKey count_key(std::string name, std::string value, Bounds bounds, std::string summary) {
  return number_key(std::move(name), ConfigType::integer, std::move(value), bounds, std::move(summary));
}

ConfigKey required(ConfigKey key) {
  key.required = true;
  return key;
}

ConfigKey data_section() {
  const ConfigKey datasets{
      .name = "datasets",
      .type = ConfigType::sections,
      .summary = "Datasets that are kept for another time than max_age.",
      .members = {required(text_key("dataset", "", "Its name, as in event.dataset.")),
                  required(duration_key("max_age", "", {kDay, kCentury}, "How long its events are kept."))}};
  return section_key(
      "data", "Where events are kept, and for how long.",
      {text_key("folder", "vedette-data", "The data folder; it is made if it is absent."),
       flag_key("sync", "true",
                "Acknowledge events only when they are on the disk; without, a power cut may lose the last "
                "second."),
       bytes_key("reserve_bytes", "1GiB", {64 * kMiB, kTiB},
                 "Free space on the disk below which senders are held back."),
       section_key("retention", "When stored events are dropped; pinned ones stay.",
                   {duration_key("max_age", "0s", {0, kCentury},
                                 "Days of events that are older are dropped, old events that come late as "
                                 "well; 0s: kept for ever."),
                    bytes_key("max_bytes", "0", {0, 1024 * kTiB},
                              "The oldest days are dropped when the store takes more; 0: no bound."),
                    datasets}),
       section_key(
           "log_retention", "How much of the log is kept once all have read it.",
           {bytes_key("retain_bytes", "128MiB", {0, 1024 * kTiB},
                      "So much of the newest is kept though all have read it: retries are known by it."),
            bytes_key("max_bytes", "0", {0, 1024 * kTiB},
                      "The oldest parts are dropped when the log takes more, read or not; 0: no bound.")})});
}

ConfigKey rules_section() {
  return section_key(
      "rules", "Which rules run.",
      {flag_key("shipped", "true", "Run the rules that the program carries."),
       texts_key("folders", "Files and folders of Sigma rules."),
       texts_key("exceptions",
                 "Files of exceptions: events that are not alerted, with reason, owner and expiry."),
       texts_key("suppressions", "Files of suppressions: one alert a rule, key and window."),
       texts_key("placeholders", "Files with the values of placeholders in rules."),
       duration_key("reload_interval", "10s", {0, kDay},
                    "How often the files are looked at for changes; 0s: only on SIGHUP.")});
}

ConfigKey enrichment_section() {
  const ConfigKey tables{
      .name = "tables",
      .type = ConfigType::sections,
      .summary = "Tables (CSV with a header) of assets, identities and the like, looked up in every event.",
      .members = {required(text_key("name", "", "Its name, for messages and counters.")),
                  required(text_key("file", "", "The file.")),
                  required(text_key("key_column", "", "The column that is looked up.")),
                  required(texts_key("match_fields", "Fields of events whose values are looked up.")),
                  text_key("prefix", "", "Put before the names of the other columns, which become fields.")}};
  const ConfigKey feeds{
      .name = "feeds",
      .type = ConfigType::sections,
      .summary = "Feeds of threat-intelligence indicators, matched on the stream and swept over history.",
      .members = {
          required(text_key("name", "", "Its name, which matches carry.")),
          text_key("file", "", "A file to read; it is read again when it changes."),
          text_key("url", "", "An http or https address to poll instead of a file."),
          choice_key("format", "auto", "What it holds; taxii: a TAXII 2.1 collection at `url`.",
                     {"auto", "stix", "misp", "csv", "list", "taxii"}),
          duration_key("interval", "1h", {kMinute, 30 * kDay}, "How often `url` is polled."),
          duration_key("max_age", "90d", {0, kCentury},
                       "When indicators without an end of their own expire; 0s: never."),
          text_key("username", "", "For HTTP basic authentication."),
          {.name = "password", .type = ConfigType::secret, .summary = "For HTTP basic authentication."},
          {.name = "token", .type = ConfigType::secret, .summary = "Sent as bearer token instead."},
          text_key("ca_file", "", "Certificates (PEM) to trust instead of those of the system."),
          flag_key("allow_private", "false", "Whether `url` may lead to a private address.")}};
  return section_key(
      "enrichment", "What is added to events before detection.",
      {section_key("geo", "Places and networks of addresses, from files in the MaxMind format.",
                   {text_key("city_file", "", "City or country data; empty: none."),
                    text_key("asn_file", "", "Data of autonomous systems; empty: none.")}),
       tables, feeds,
       texts_key("warning_lists",
                 "Files of values, one a line, that no feed may match (public resolvers, top sites)."),
       duration_key("sweep_history", "30d", {0, kCentury},
                    "How far back stored events are searched for new indicators; 0s: not at all.")});
}

ConfigKey api_tls_section() {
  return section_key(
      "tls", "Encryption. Without a certificate: plain text on this machine, a self-signed one beyond it.",
      {text_key("certificate_file", "", "The certificate chain in PEM, leaf first."),
       text_key("key_file", "", "The private key in PEM."),
       text_key("client_ca_file", "",
                "Certificates (PEM) that sign those of clients; empty: clients need none."),
       flag_key("require_client_certificate", "false",
                "Refuse clients without a certificate signed by client_ca_file (mutual TLS).")});
}

ConfigKey api_sessions_section() {
  return section_key(
      "sessions", "Who is signed in, and for how long.",
      {duration_key("idle", "12h", {kMinute, 365 * kDay}, "A session that is not used so long ends."),
       duration_key("max_age", "7d", {kMinute, 365 * kDay}, "A session ends after this time, however busy."),
       duration_key("confirmation", "10m", {kMinute, kDay},
                    "How long destructive actions are open after the password was given once more."),
       flag_key("second_factor", "false", "Everyone needs a one-time code besides the password.")});
}

ConfigKey api_limits_section() {
  return section_key(
      "limits", "Bounds of the API.",
      {count_key("threads", "8", {2, 256}, "Requests that are worked on at a time."),
       count_key("streams", "64", {1, 4096}, "Live streams at a time."),
       count_key("connections", "1024", {8, 65'536}, "Connections at a time."),
       count_key("requests_per_second", "50", {1, 100'000}, "Requests a user or key may send on average."),
       count_key("burst", "200", {1, 1'000'000}, "Requests it may send at once."),
       bytes_key("body", "16MiB", {64 << 10, 256 * kMiB}, "A larger request is refused."),
       duration_key("search_timeout", "1m", {kSecond, kDay},
                    "A search that takes longer is cut, and says so."),
       bytes_key("search_memory", "512MiB", {16 * kMiB, kTiB}, "Memory of one search.")});
}

ConfigKey api_section() {
  return section_key(
      "api", "The REST API and the server for health and metrics.",
      {text_key("listen", "127.0.0.1:8686", "Address and port; \":PORT\" listens on all addresses."),
       texts_key("origins",
                 "Where a console is served from (https://soc.example), if not by this server itself."),
       text_key(
           "public_url", "",
           "Where people reach the console (https://soc.example), for links in notifications; empty: none."),
       api_tls_section(),
       api_sessions_section(),
       section_key("passwords", "What passwords must be.",
                   {count_key("min_length", "12", {8, 128}, "Characters a password must have."),
                    text_key("breached_file", "",
                             "A sorted file of one password a line that nobody may have, besides the "
                             "commonest ones.")}),
       {.name = "secret_keys",
        .type = ConfigType::secret,
        .summary = "Keys of stored secrets (32 bytes in base64), by commas, the current one first; empty: in "
                   "secrets.keys of the data folder."},
       api_limits_section()});
}

ConfigKey sources_section() {
  return section_key(
      "sources", "Watching that sources keep sending.",
      {flag_key("alarms", "true", "Raise an alert when a source falls silent."),
       duration_key("silent_after", "0s", {0, 365 * kDay},
                    "Silence that raises it; 0s: learned for each source from how it used to send."),
       duration_key("min_silence", "15m", {kMinute, 365 * kDay}, "No learned silence is shorter."),
       duration_key("learning_time", "1d", {kMinute, 365 * kDay},
                    "How long a new source is watched before it can be called silent."),
       duration_key("forget_after", "30d", {kHour, kCentury},
                    "A source that is silent so long is no longer known."),
       count_key("max_sources", "100000", {1, 10'000'000},
                 "Sources that are told apart; further ones count as one.")});
}

ConfigKey health_section() {
  return section_key("health", "Watching Vedette itself.",
                     {flag_key("alarms", "true", "Raise alerts about what goes wrong in Vedette itself."),
                      duration_key("interval", "10s", {kSecond, kHour}, "How often it looks."),
                      duration_key("max_lag", "1m", {kSecond, kDay},
                                   "Detection or storing behind the log for longer raises one."),
                      bytes_key("min_free_bytes", "5GiB", {0, 1024 * kTiB},
                                "Less free space on the disk of the data raises one."),
                      duration_key("certificate_expiry", "14d", {0, 365 * kDay},
                                   "A certificate that ends sooner raises one.")});
}

// One section for each listener of the register.
ConfigKey listeners_section() {
  std::vector<ConfigKey> sections;
  for (const ingest::ListenerInfo& info : ingest::all_listeners()) {
    sections.push_back(section_key(info.name, info.summary, ingest::listener_keys(info)));
  }
  return section_key("listeners", "What takes events, one section for each.", std::move(sections));
}

ConfigKey log_section() {
  return section_key(
      "log", "The log of Vedette itself.",
      {choice_key("level", "info", "Entries below it are left out.", {"debug", "info", "warning", "error"}),
       choice_key("format", "auto", "auto: text on a terminal, else JSON.", {"auto", "text", "json"}),
       text_key("file", "", "Written to, instead of the standard error; opened again on SIGHUP.")});
}

bool has_secret(const std::vector<ConfigKey>& keys, const base::ConfigSection& values) {
  for (const ConfigKey& key : keys) {
    if (key.type == ConfigType::secret && !values.text(key.name).empty()) return true;
    if (key.type == ConfigType::section && has_secret(key.members, values.section(key.name))) return true;
    if (key.type != ConfigType::sections) continue;
    for (const auto& item : values.sections(key.name)) {
      if (has_secret(key.members, item)) return true;
    }
  }
  return false;
}

// A file that holds secrets itself, for all to read.
void warn_of_readers(const base::ConfigSource& source, ServeConfig& config) {
  struct stat info {};
  if (::stat(config.file.c_str(), &info) != 0 || (info.st_mode & S_IROTH) == 0) return;
  const auto from_file = base::load_config(config.schema, {source.file_name, source.yaml, {}});
  if (!has_secret(config.schema, from_file.root)) return;
  config.loaded.diagnostics.push_back({base::Severity::warning,
                                       config.file,
                                       {},
                                       "config-secret-file",
                                       "the file holds secrets and can be read by all users",
                                       "chmod 640 it, or keep secrets in files of their own (..._FILE)"});
}

constexpr std::string_view kConfigPlaces[] = {"vedette.yaml", "/etc/vedette/vedette.yaml"};

}  // namespace

std::vector<ConfigKey> serve_schema() {
  return {
      data_section(),
      rules_section(),
      section_key(
          "detection", "How rules are run over the stream.",
          {count_key("threads", "0", {0, 256}, "Threads that match; 0: as many as the machine has cores."),
           duration_key("lateness", "5m", {0, kDay},
                        "How late an event may be for correlations to take it in its order."),
           flag_key("foreign_alerts", "true",
                    "Alerts of other products (event.kind is alert) become alerts, too.")}),
      section_key(
          "correlation", "How alerts become incidents (docs/correlation.md).",
          {duration_key("member_pause", "30m", {kMinute, kDay},
                        "Alerts of one rule about one thing that pause longer are counted anew."),
           duration_key("incident_idle", "24h", {kHour, 30 * kDay},
                        "An incident that got no alert for so long takes no more."),
           count_key("open_at", "40", {1, 100}, "Points of risk from which linked alerts are an incident."),
           count_key("max_open_members", "200000", {1'000, 10'000'000},
                     "Groups of alerts that are held in memory; past it the oldest go."),
           count_key("max_open_entities", "200000", {1'000, 10'000'000},
                     "Users, hosts, addresses and the like that are held in memory.")}),
      section_key(
          "intake", "From listeners to the log.",
          {count_key("threads", "0", {0, 256}, "Threads that parse; 0: as many as the machine has cores."),
           bytes_key("queue_bytes", "64MiB", {kMiB, 64 * 1024 * kMiB},
                     "What waits to be parsed; senders are held back when it is full."),
           count_key("remembered_ids", "1000000", {0, 1'000'000'000},
                     "Ids of the last events, by which a retry of a sender is known."),
           duration_key("drain_timeout", "20s", {kSecond, kHour},
                        "How long senders may finish when the service stops.")}),
      listeners_section(),
      enrichment_section(),
      api_section(),
      sources_section(),
      health_section(),
      log_section(),
  };
}

base::Result<ServeConfig> load_serve_config(const std::string& file,
                                            const std::map<std::string, std::string>& environment) {
  ServeConfig config;
  config.schema = serve_schema();
  config.file = file;
  if (const auto named = environment.find("VEDETTE_CONFIG");
      config.file.empty() && named != environment.end()) {
    config.file = named->second;
  }
  for (const std::string_view place : kConfigPlaces) {
    std::error_code ignored;
    if (config.file.empty() && std::filesystem::exists(place, ignored)) config.file = place;
  }
  base::ConfigSource source;
  source.file_name = config.file;
  source.environment = environment;
  if (!config.file.empty()) {
    TRY_ASSIGN(source.yaml, base::read_file(config.file, std::size_t{4} << 20));
  }
  config.loaded = base::load_config(config.schema, source);
  if (source.yaml) warn_of_readers(source, config);
  return config;
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace vedette::node
