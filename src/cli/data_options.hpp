// What the commands on a data folder share.
#pragma once

#include <string>

#include "args.hpp"
#include "interrupt.hpp"
#include "vedette/model/search.hpp"
#include "vedette/node/data_folder.hpp"

namespace vedette::cli {

inline constexpr OptionSpec kDataOption{
    "--data", "DIR", "data folder (default: $VEDETTE_DATA, else vedette-data in the working folder)"};
inline constexpr OptionSpec kFromOption{
    "--from", "TIME", "events from this time on (2026-11-03, a date-time, or 24h for the last day)"};
inline constexpr OptionSpec kToOption{"--to", "TIME", "events up to this time"};
inline constexpr OptionSpec kTimeoutOption{"--timeout", "DURATION",
                                           "give up after this time, with what was found"};
inline constexpr OptionSpec kMemoryOption{"--max-memory", "MB",
                                          "memory for groups and sorted rows (default: 1024)"};

node::DataOptions data_options(const Args& args);
base::Result<model::TimeRange> time_range(const Args& args);
base::Result<model::SearchLimits> search_limits(const Args& args);
base::Result<int> thread_option(const Args& args);
base::Result<std::uint64_t> count_option(const Args& args, std::string_view name, std::string_view fallback);

// Says on the standard error why an answer is not whole, and what it could not read. Whether there was
// anything.
bool print_caveats(std::string_view command, const model::SearchResult& result);
// "vedette <command>: <message>" on the standard error; the exit code.
int trouble(std::string_view command, const std::string& message);

}  // namespace vedette::cli
