// The command line.
#pragma once

#include <string>
#include <vector>

namespace vedette::cli {

// Exit codes of every command: what was asked held; it did not (alerts found, rules refused, cases failed);
// or there was trouble (wrong usage, unreadable input).
inline constexpr int kExitClean = 0;
inline constexpr int kExitFindings = 1;
inline constexpr int kExitTrouble = 2;

// Runs the command named by the first argument. Returns the exit code.
int run(const std::vector<std::string>& arguments);

}  // namespace vedette::cli
