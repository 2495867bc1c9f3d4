#include "listeners/listeners.hpp"

namespace vedette::ingest {
namespace {

using base::ConfigKey;
using base::ConfigType;

// In the order of the docs.
std::vector<ListenerInfo> make_register() {
  return {
      elasticsearch_listener(),   //
      splunk_hec_listener(),      //
      otlp_http_listener(),       //
      otlp_grpc_listener(),       //
      ndjson_listener(),          //
      syslog_listener(),          //
      relp_listener(),            //
      gelf_listener(),            //
      fluent_forward_listener(),  //
      ndjson_tcp_listener(),      //
      files_listener(),           //
      journald_listener(),        //
  };
}

ConfigKey config_key(std::string name, ConfigType type, std::string default_value, std::string summary) {
  ConfigKey key;
  key.name = std::move(name);
  key.type = type;
  key.default_value = std::move(default_value);
  key.summary = std::move(summary);
  return key;
}

ConfigKey bounded_key(std::string name, ConfigType type, std::string default_value, std::string summary,
                      std::int64_t min, std::int64_t max) {
  ConfigKey key = config_key(std::move(name), type, std::move(default_value), std::move(summary));
  key.min = min;
  key.max = max;
  return key;
}

ConfigKey tls_key() {
  ConfigKey key = config_key("tls", ConfigType::section, "", "Encryption; plain text without a certificate.");
  key.members = {
      config_key("certificate_file", ConfigType::text, "", "The certificate chain in PEM, leaf first."),
      config_key("key_file", ConfigType::text, "", "The private key in PEM."),
      config_key("client_ca_file", ConfigType::text, "",
                 "Certificates (PEM) that sign those of clients; empty: clients need none."),
      config_key("require_client_certificate", ConfigType::boolean, "false",
                 "Refuse clients without a certificate signed by client_ca_file (mutual TLS)."),
  };
  return key;
}

void add_network_keys(const ListenerInfo& info, std::vector<ConfigKey>& keys) {
  constexpr std::int64_t kMost = 1'000'000;
  keys.push_back(config_key("listen", ConfigType::text, info.default_listen,
                            "Address and port; \":PORT\" listens on all addresses."));
  if (info.has_tls) keys.push_back(tls_key());
  keys.push_back(bounded_key("max_connections", ConfigType::integer, "4096",
                             "Connections at a time; further ones are refused.", 1, kMost));
  keys.push_back(bounded_key("max_connections_per_address", ConfigType::integer, "1024",
                             "Connections of one address at a time.", 1, kMost));
  keys.push_back(bounded_key("idle_timeout", ConfigType::duration, "75s",
                             "Connections without traffic for so long are closed.", base::kNsPerSecond,
                             24 * 3600 * base::kNsPerSecond));
}

}  // namespace

std::span<const ListenerInfo> all_listeners() {
  static const std::vector<ListenerInfo> listeners = make_register();
  return listeners;
}

std::vector<ConfigKey> listener_keys(const ListenerInfo& info) {
  std::vector<ConfigKey> keys;
  keys.push_back(config_key("enabled", ConfigType::boolean, info.network ? "true" : "false",
                            "Whether this listener runs."));
  if (info.network) add_network_keys(info, keys);
  keys.push_back(bounded_key("max_events_per_second", ConfigType::integer, "0",
                             "Events a second, on average, above which senders are held back; 0: no bound.",
                             0, 100'000'000));
  keys.push_back(bounded_key("max_event_bytes", ConfigType::bytes, "1MiB",
                             "A larger event is refused or, where the protocol cannot refuse, cut.", 1024,
                             std::int64_t{64} << 20));
  keys.insert(keys.end(), info.options.begin(), info.options.end());
  return keys;
}

}  // namespace vedette::ingest
