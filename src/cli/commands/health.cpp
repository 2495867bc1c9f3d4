// health: asks a running server whether it is ready.
#include <fmt/format.h>

#include "config_options.hpp"
#include "console.hpp"
#include "data_options.hpp"
#include "local_http.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/node/remote.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kHealthName = "health";

// Where the server is, and how it is known.
struct HealthTarget {
  std::string address;
  std::string certificate;  // empty: it speaks plain HTTP
  bool own = false;         // that the node makes for itself, where it listens beyond this machine
};

base::Result<HealthTarget> health_target(const Args& args) {
  HealthTarget target{args.get("--address"), args.get("--certificate")};
  if (!target.address.empty()) return target;
  TRY_ASSIGN(const auto config, node::load_serve_config(args.get("--config"), node::process_environment()));
  const base::ConfigSection& api = config.loaded.root.section("api");
  target.address = api.text("listen");
  if (target.certificate.empty()) target.certificate = api.section("tls").text("certificate_file");
  if (!target.certificate.empty()) return target;
  std::string own = config.loaded.root.section("data").text("folder") + "/tls/self_signed.crt";
  if (base::posix_file_system().exists(own)) {
    target.certificate = std::move(own);
    target.own = true;
  }
  return target;
}

base::Result<LocalAnswer> ask_health(const HealthTarget& target, std::chrono::nanoseconds timeout) {
  if (target.certificate.empty()) return local_http_get(target.address, "/readyz", timeout);
  TRY_ASSIGN(const std::string authority, local_authority(target.address));
  TRY_ASSIGN(const std::string pin, node::certificate_key_pin(target.certificate));
  const auto answer = node::get_pinned("https://" + authority + "/readyz", pin,
                                       std::chrono::ceil<std::chrono::milliseconds>(timeout));
  if (answer) return LocalAnswer{answer->status, answer->body};
  // One made before the node listened on this machine only.
  if (target.own) {
    if (auto plain = local_http_get(target.address, "/readyz", timeout)) return plain;
  }
  return answer.error();
}

int run_health(const Args& args) {
  if (!args.positional().empty())
    return trouble(kHealthName, "takes no arguments; see vedette health --help");
  const auto timeout = base::parse_duration(args.get("--timeout", "5s"));
  if (!timeout || *timeout < base::kNsPerMs || *timeout > 3600 * base::kNsPerSecond) {
    return trouble(kHealthName, "--timeout is a duration such as 5s");
  }
  const auto target = health_target(args);
  if (!target) return trouble(kHealthName, target.error().message);
  const auto answer = ask_health(*target, std::chrono::nanoseconds(*timeout));
  if (!answer) {
    print(stderr, fmt::format("vedette health: {}\n", answer.error().message));
    return kExitFindings;
  }
  const bool ready = answer->status == 200;
  const std::string text = base::escape_control(base::trim(answer->body).substr(0, 1000));
  print(ready ? stdout : stderr,
        fmt::format("{}\n", !text.empty() ? text
                            : ready       ? "ready"
                                          : fmt::format("not ready ({})", answer->status)));
  return ready ? kExitClean : kExitFindings;
}

}  // namespace

const CommandSpec& health_command() {
  static const CommandSpec command{
      kHealthName,
      "[OPTIONS]",
      "ask the running server whether it is ready",
      "Asks /readyz of the address in api.listen; by its port on this machine where it listens on all "
      "addresses.\n"
      "Over TLS if api.tls names a certificate or the node made its own: its key is what the server is known "
      "by.\n"
      "The exit code is 0 if it is ready, 1 if it is not or cannot be reached.",
      {{"--address", "ADDRESS:PORT", "ask there, whatever the configuration says"},
       {"--certificate", "FILE",
        "the server's certificate (PEM): ask over TLS, and only the server with its key"},
       {"--timeout", "DURATION", "how long to wait for the whole answer (default: 5s)"},
       kConfigOption},
      run_health};
  return command;
}

}  // namespace vedette::cli
