#include "live/api_service.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <unistd.h>

#include "live/clock.hpp"
#include "live/listener_set.hpp"
#include "vedette/api/console.hpp"
#include "vedette/api/settings.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::node {
namespace {

constexpr std::string_view kApiPrefix = "/api/";

api::AccessOptions access_options(const base::ConfigSection& config) {
  const base::ConfigSection& sessions = config.section("sessions");
  const base::ConfigSection& passwords = config.section("passwords");
  api::AccessOptions options;
  options.now = clock_now;
  options.session_idle = sessions.duration("idle");
  options.session_age = sessions.duration("max_age");
  options.step_up_age = sessions.duration("confirmation");
  options.second_factor_required = sessions.boolean("second_factor");
  options.min_password = static_cast<std::size_t>(passwords.integer("min_length"));
  options.breached_passwords = passwords.text("breached_file");
  // A flood of sign-ins leaves half of the threads to those who are signed in.
  const auto threads = static_cast<int>(config.section("limits").integer("threads"));
  options.argon2_queue = static_cast<std::size_t>(std::max(1, threads / 2 - options.argon2_at_once));
  return options;
}

// What an administrator has set is stronger than the file.
base::Status apply_settings(const ports::RecordStore& records, api::AccessOptions& options) {
  TRY_ASSIGN(const api::Settings set, api::read_settings(records));
  const api::Settings unset;
  if (set.session_idle != unset.session_idle) options.session_idle = set.session_idle;
  if (set.session_age != unset.session_age) options.session_age = set.session_age;
  if (set.min_password != unset.min_password) options.min_password = set.min_password;
  options.second_factor_required |= set.second_factor_required;
  return base::ok_status();
}

api::RestOptions rest_options(const base::ConfigSection& config, const std::string& version, bool secure) {
  const base::ConfigSection& limits = config.section("limits");
  api::RestOptions options;
  options.version = version;
  options.secure_cookies = secure;
  options.origins = config.texts("origins");
  options.threads = static_cast<int>(limits.integer("threads"));
  options.stream_threads = static_cast<int>(limits.integer("streams"));
  options.requests_per_second = static_cast<double>(limits.integer("requests_per_second"));
  options.burst = static_cast<double>(limits.integer("burst"));
  options.search_timeout = limits.duration("search_timeout");
  options.search_memory = limits.bytes("search_memory");
  options.max_body_bytes = limits.bytes("body");
  return options;
}

std::vector<std::string> host_names() {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0') names.emplace_back(name);
  return names;
}

// The configured certificate, or beyond this machine one that the node makes for itself.
base::Result<std::shared_ptr<net::TlsContext>> api_tls(const base::ConfigSection& config,
                                                       const net::Endpoint& listen,
                                                       const std::string& folder) {
  TRY_ASSIGN(auto configured, load_tls(config.section("tls")));
  if (configured || listen.is_loopback()) return configured;
  const std::string home = folder + "/tls";
  std::error_code ignored;
  std::filesystem::create_directories(home, ignored);
  net::TlsOptions options;
  options.certificate_file = home + "/self_signed.crt";
  options.key_file = home + "/self_signed.key";
  TRY(net::make_self_signed(options.certificate_file, options.key_file, host_names()));
  return net::TlsContext::load(options);
}

}  // namespace

struct ApiService::State {
  base::Status open(const base::ConfigSection& config, const std::string& data_folder,
                    const ApiServices& services);
  base::Status invite(base::Logger& log);

  std::string folder;
  std::unique_ptr<api::AuditLog> audit;
  std::unique_ptr<api::Access> access;
  std::unique_ptr<api::RestApi> rest;
  std::shared_ptr<net::TlsContext> tls;
  std::unique_ptr<net::HttpServer> server;
  std::string set_up_token_file;
};

base::Status ApiService::State::open(const base::ConfigSection& config, const std::string& data_folder,
                                     const ApiServices& services) {
  folder = data_folder;
  TRY_ASSIGN(audit, api::AuditLog::open(services.records, folder + "/" + std::string(api::kAuditAnchorFile),
                                        clock_now));
  api::AccessOptions who = access_options(config);
  TRY(apply_settings(services.records, who));
  TRY_ASSIGN(access, api::Access::open(services.records, *audit, *services.secrets, who));
  return base::ok_status();
}

// The token is in a file, too, as the first lines of a log are easily missed.
base::Status ApiService::State::invite(base::Logger& log) {
  const std::string file = folder + "/set_up_token";
  if (!access->needs_set_up()) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    return base::ok_status();
  }
  TRY_ASSIGN(const std::string token, access->make_set_up_token());
  TRY(base::write_file_atomically(file, token + "\n", base::FileAccess::owner));
  set_up_token_file = file;
  log.info("nobody can sign in yet: make the first administrator with the set-up token",
           {{"file.path", file}});
  return base::ok_status();
}

base::Result<std::unique_ptr<ApiService>> ApiService::start(const base::ConfigSection& config,
                                                            const std::string& folder, ApiServices services,
                                                            api::Operations operations, net::Io& io) {
  std::unique_ptr<ApiService> service(new ApiService());
  service->state_ = std::make_unique<State>();
  State& state = *service->state_;
  TRY(state.open(config, folder, services));

  net::HttpServerOptions server;
  TRY_ASSIGN(server.listen, net::Endpoint::parse(config.text("listen")));
  TRY_ASSIGN(state.tls, api_tls(config, server.listen, folder));
  server.tls = state.tls;

  api::RestParts parts;
  parts.events = &services.events;
  parts.records = &services.records;
  parts.access = state.access.get();
  parts.audit = state.audit.get();
  parts.secrets = services.secrets;
  parts.http = services.http;
  parts.rules = services.rules;
  parts.intel = services.intel;
  parts.node = services.node;
  parts.live = services.live;
  parts.incidents = services.incidents;
  parts.notifier = services.notifier;
  parts.metrics = &services.metrics;
  parts.log = &services.log;
  parts.now = clock_now;
  parts.options = rest_options(config, operations.version, state.tls != nullptr);
  server.max_body_bytes = parts.options.max_body_bytes;
  server.max_decoded_bytes = parts.options.max_body_bytes;
  server.max_buffered_bytes = 8 * parts.options.max_body_bytes;
  server.max_connections = static_cast<std::uint32_t>(config.section("limits").integer("connections"));
  TRY_ASSIGN(state.rest, api::make_rest_api(std::move(parts)));

  const net::HttpHandler of_rest = state.rest->handler();
  const net::HttpHandler of_operations = api::make_operations(std::move(operations));
  const auto console = std::make_shared<const api::Console>(api::Console::embedded());
  server.admit = state.rest->admit();
  TRY_ASSIGN(state.server, net::HttpServer::start(io, server, [=](net::ExchangePtr exchange) {
               const std::string& path = exchange->request().path;
               if (path.starts_with(kApiPrefix)) return of_rest(std::move(exchange));
               if (!api::is_operation(path)) {
                 if (auto page = console->answer(exchange->request())) {
                   return exchange->respond(*std::move(page));
                 }
               }
               of_operations(std::move(exchange));
             }));
  TRY(state.invite(services.log));
  return service;
}

ApiService::~ApiService() {
  stop();
}

base::Status ApiService::reload() {
  return state_->tls ? state_->tls->reload() : base::ok_status();
}

void ApiService::stop() {
  if (!state_) return;
  if (state_->rest) state_->rest->stop();
  state_->server.reset();
  state_->rest.reset();
}

std::string ApiService::url() const {
  return (state_->tls ? "https://" : "http://") + state_->server->local().to_string();
}

std::string ApiService::set_up_token_file() const {
  return state_->access->needs_set_up() ? state_->set_up_token_file : std::string();
}

std::string ApiService::key_pin() const {
  return state_->tls ? state_->tls->key_pin() : std::string();
}

api::Access& ApiService::access() {
  return *state_->access;
}

}  // namespace vedette::node
