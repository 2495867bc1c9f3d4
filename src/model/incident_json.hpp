// What the writer and the parser of incidents share.
#pragma once

#include <array>
#include <string_view>

#include "vedette/model/incident.hpp"

namespace vedette::model {

inline constexpr std::array<std::string_view, 6> kLinkKindNames = {"entity", "process_tree", "same_rule",
                                                                   "time",   "merged",       "by_hand"};
inline constexpr std::array<std::string_view, 5> kCommandKindNames = {"merge", "split", "undo", "close",
                                                                      "reopen"};
inline constexpr std::string_view kCommandEventKind = "vedette.command";

}  // namespace vedette::model
