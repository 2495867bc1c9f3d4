#include "config_options.hpp"

#include "console.hpp"
#include "data_options.hpp"

namespace vedette::cli {

std::optional<node::ServeConfig> read_config(const Args& args, std::string_view command) {
  auto config = node::load_serve_config(args.get("--config"), node::process_environment());
  if (!config) {
    trouble(command, config.error().message);
    return std::nullopt;
  }
  print_diagnostics(config->loaded.diagnostics, base::Severity::warning);
  return std::move(*config);
}

}  // namespace vedette::cli
