#include "vedette/node/serve.hpp"

#include <chrono>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>

#include "config_options.hpp"
#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/service.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/node/service_log.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kServeName = "serve";
constexpr std::chrono::seconds kTick{1};

void print_facts(const node::Server& server) {
  const auto facts = server.facts();
  std::size_t width = 0;
  for (const auto& [name, value] : facts) width = std::max(width, name.size());
  print(stdout, "Vedette is ready\n\n");
  for (const auto& [name, value] : facts) print(stdout, fmt::format("  {:<{}}  {}\n", name, width, value));
  print(stdout, "\n");
  std::fflush(stdout);
}

void reload(node::Server& server, base::ServiceNotifier& notifier, node::ServiceLog& service_log) {
  base::Logger& log = service_log.logger();
  static_cast<void>(notifier.reloading());
  if (const base::Status reopened = service_log.reopen(); !reopened.ok()) {
    log.error("the log goes on in the old file", {{"error.message", reopened.error().message}});
  }
  const base::Status reloaded = server.reload();
  if (reloaded.ok()) {
    log.info("rules and certificates were read again");
  } else {
    log.error("the reload was not whole; what could not be read stays as it was",
              {{"error.message", reloaded.error().message}});
  }
  static_cast<void>(notifier.ready());
}

void run_until_stopped(node::Server& server, base::ServiceSignals& signals, base::ServiceNotifier& notifier,
                       node::ServiceLog& service_log) {
  base::Logger& log = service_log.logger();
  for (;;) {
    const base::ServiceSignal signal = signals.wait(kTick);
    if (signal == base::ServiceSignal::stop) return;
    if (signal == base::ServiceSignal::reload) reload(server, notifier, service_log);
    if (const base::Status polled = server.poll(); !polled.ok()) {
      log.error("changed rules could not be read; the old ones stay",
                {{"error.message", polled.error().message}});
    }
    static_cast<void>(notifier.watchdog());
  }
}

// Options of the command are stronger than the file and the environment.
std::optional<base::ConfigSection> serve_config(const Args& args) {
  auto environment = node::process_environment();
  if (args.has("--data")) environment["VEDETTE__DATA__FOLDER"] = args.get("--data");
  auto config = node::load_serve_config(args.get("--config"), environment);
  if (!config) {
    trouble(kServeName, config.error().message);
    return std::nullopt;
  }
  print_diagnostics(config->loaded.diagnostics, base::Severity::warning);
  if (base::has_errors(config->loaded.diagnostics)) return std::nullopt;
  return std::move(config->loaded.root);
}

int run_serve(const Args& args) {
  ::umask(0027);  // events are nothing for other users of the machine
  auto config = serve_config(args);
  if (!config) return kExitTrouble;
  auto signals = base::ServiceSignals::open();
  if (!signals) return trouble(kServeName, signals.error().message);
  const auto service_log = node::ServiceLog::open(config->section("log"));
  if (!service_log) return trouble(kServeName, service_log.error().message);
  base::Logger& log = (*service_log)->logger();
  base::ServiceNotifier notifier;
  const std::chrono::milliseconds drain_time(config->section("intake").duration("drain_timeout") /
                                             base::kNsPerMs);
  node::ServeOptions options;
  options.config = std::move(*config);
  options.version = VEDETTE_VERSION;
  options.progress = [&](const std::string& sentence) {
    log.info(sentence);
    static_cast<void>(notifier.status(sentence));
    static_cast<void>(notifier.extend_timeout(std::chrono::minutes(2)));
  };
  auto server = node::Server::start(std::move(options), log);
  if (!server) return trouble(kServeName, server.error().message);
  print_facts(**server);
  static_cast<void>(notifier.ready());
  static_cast<void>(notifier.status("ready"));
  run_until_stopped(**server, **signals, notifier, **service_log);
  static_cast<void>(notifier.stopping());
  const base::Status stopped = (*server)->stop(drain_time);
  if (!stopped.ok()) return trouble(kServeName, "not everything was worked off: " + stopped.error().message);
  log.info("stopped: everything taken is stored");
  return kExitClean;
}

}  // namespace

const CommandSpec& serve_command() {
  static const CommandSpec command{
      kServeName,
      "[options]",
      "take events from shippers, run the rules on them as they come, keep events and alerts",
      "Runs until SIGTERM or SIGINT; SIGHUP reads rules, lists and certificates again. Without a "
      "configuration\n"
      "it listens on this machine only. See vedette config print for every key.\n"
      "Exit code: 0 stopped in order, 2 trouble.",
      {kConfigOption, {"--data", "DIR", "data folder (default: data.folder of the configuration)"}},
      run_serve};
  return command;
}

}  // namespace vedette::cli
