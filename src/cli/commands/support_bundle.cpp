// support-bundle: what a person needs who helps with a problem.
#include "vedette/node/support_bundle.hpp"

#include <chrono>

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

constexpr std::string_view kSupportBundleName = "support-bundle";

// "vedette-support-20261124T151200Z"
std::string bundle_name() {
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const base::CivilTime at = base::to_civil(now.count());
  return fmt::format("vedette-support-{:04}{:02}{:02}T{:02}{:02}{:02}Z", at.year, at.month, at.day, at.hour,
                     at.minute, at.second);
}

int run_support_bundle(const Args& args) {
  if (!args.positional().empty())
    return trouble(kSupportBundleName, "takes no arguments; see vedette support-bundle --help");
  const auto config = node::load_serve_config(args.get("--config"), node::process_environment());
  if (!config) return trouble(kSupportBundleName, config.error().message);
  const base::ConfigSection& root = config->loaded.root;
  const std::string address = root.section("api").text("listen");
  node::BundleOptions options;
  options.version = VEDETTE_VERSION;
  options.data_folder = args.get("--data", root.section("data").text("folder"));
  options.ask_server = [&address](std::string_view path) -> base::Result<std::string> {
    TRY_ASSIGN(auto answer, local_http_get(address, path, std::chrono::seconds(5)));
    return std::move(answer.body);
  };
  const std::string name = bundle_name();
  const std::string path = args.get("--output", name + ".tar.gz");
  const auto files = node::collect_support_files(*config, options);
  if (const auto done = node::write_bundle(path, name, files); !done.ok()) {
    return trouble(kSupportBundleName, done.error().message);
  }
  print(stdout, fmt::format("{}: {} files; secrets are masked, but look at it before you hand it on\n",
                            base::escape_control(path), files.size()));
  return kExitClean;
}

}  // namespace

const CommandSpec& support_bundle_command() {
  static const CommandSpec command{
      kSupportBundleName,
      "[OPTIONS]",
      "put together what is needed to help with a problem",
      "Version, system, configuration (secrets masked), what is stored, the counters of the running server "
      "and\n"
      "the end of its log, as a gzipped tar. It holds no events.",
      {{"--output", "FILE", "write it there (default: vedette-support-TIME.tar.gz); never over a file"},
       {"--data", "DIR", "data folder (default: data.folder of the configuration)"},
       kConfigOption},
      run_support_bundle};
  return command;
}

}  // namespace vedette::cli
