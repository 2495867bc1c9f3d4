// What problems are made of beside rest/call.hpp.
#pragma once

#include <string_view>

#include "rest/call.hpp"

namespace vedette::api {

// No name that a header can have: what follows goes to the log of the node and never to a client.
inline constexpr std::string_view kLogHeader = ":log";
inline constexpr std::string_view kConflictSlug = "conflict";
inline constexpr std::string_view kInternalDetail =
    "Something went wrong within the node. Its log says what; `instance` names the entry.";

}  // namespace vedette::api
