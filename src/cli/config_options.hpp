// What the commands that read the configuration of the service share.
#pragma once

#include <optional>
#include <string_view>

#include "args.hpp"
#include "vedette/node/serve_config.hpp"

namespace vedette::cli {

inline constexpr OptionSpec kConfigOption{
    "--config", "FILE",
    "configuration (default: $VEDETTE_CONFIG, else vedette.yaml in the working folder, else "
    "/etc/vedette/vedette.yaml, if there is one)"};

// With its diagnostics printed on the standard error. Nothing if the file cannot be read, which is told, too.
std::optional<node::ServeConfig> read_config(const Args& args, std::string_view command);

}  // namespace vedette::cli
