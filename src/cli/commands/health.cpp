// health: asks a running server whether it is ready.
#include <fmt/format.h>

#include "config_options.hpp"
#include "console.hpp"
#include "data_options.hpp"
#include "local_http.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kName = "health";

int run_health(const Args& args) {
  if (!args.positional().empty()) return trouble(kName, "takes no arguments; see vedette health --help");
  const auto timeout = base::parse_duration(args.get("--timeout", "5s"));
  if (!timeout || *timeout < base::kNsPerMs || *timeout > 3600 * base::kNsPerSecond) {
    return trouble(kName, "--timeout is a duration such as 5s");
  }
  std::string address = args.get("--address");
  if (address.empty()) {
    const auto config = node::load_serve_config(args.get("--config"), node::process_environment());
    if (!config) return trouble(kName, config.error().message);
    address = config->loaded.root.section("api").text("listen");
    if (!config->loaded.root.section("api").section("tls").text("certificate_file").empty()) {
      return trouble(kName, "the server speaks TLS: ask it with a client that knows its certificate");
    }
  }
  const auto answer = local_http_get(address, "/readyz", std::chrono::nanoseconds(*timeout));
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
      kName,
      "[OPTIONS]",
      "ask the running server whether it is ready",
      "Asks /readyz of the address in api.listen; by its port on this machine where it listens on all "
      "addresses.\n"
      "The exit code is 0 if it is ready, 1 if it is not or cannot be reached.",
      {{"--address", "ADDRESS:PORT", "ask there, whatever the configuration says"},
       {"--timeout", "DURATION", "how long to wait for the whole answer (default: 5s)"},
       kConfigOption},
      run_health};
  return command;
}

}  // namespace vedette::cli
