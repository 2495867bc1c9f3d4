#include "data_options.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "console.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {}  // namespace

node::DataOptions data_options(const Args& args) {
  const char* environment = std::getenv("VEDETTE_DATA");
  node::DataOptions options;
  options.folder = args.get("--data", environment && *environment ? environment : "vedette-data");
  options.report = [](const std::string& sentence) {
    print(stderr, fmt::format("vedette: {}\n", base::escape_control(sentence)));
  };
  return options;
}

base::Result<model::TimeRange> time_range(const Args& args) {
  model::TimeRange range;
  if (args.has("--from")) {
    TRY_ASSIGN(range.from, parse_time_argument(args.get("--from"), false));
  }
  if (args.has("--to")) {
    TRY_ASSIGN(const auto last, parse_time_argument(args.get("--to"), true));
    range.to = last + 1;
  }
  if (range.from >= range.to) return invalid("--from is later than --to: no event is in between");
  return range;
}

base::Result<std::uint64_t> count_option(const Args& args, std::string_view name, std::string_view fallback) {
  const auto number = base::parse_uint(args.get(name, fallback));
  if (!number) return invalid(fmt::format("{} is a number", name));
  return *number;
}

base::Result<model::SearchLimits> search_limits(const Args& args) {
  model::SearchLimits limits;
  TRY_ASSIGN(const auto megabytes, count_option(args, "--max-memory", "1024"));
  if (megabytes < 1 || megabytes > (1u << 20))
    return invalid("--max-memory is a number of MB from 1 to 1048576");
  limits.max_memory = megabytes << 20;
  if (args.has("--timeout")) {
    const auto timeout = base::parse_duration(args.get("--timeout"));
    if (!timeout || *timeout <= 0) return invalid("--timeout is a duration such as 30s");
    limits.timeout = *timeout;
  }
  return limits;
}

base::Result<int> thread_option(const Args& args) {
  const auto threads = base::parse_int(args.get("--threads", "0"));
  if (!threads || *threads < 0 || *threads > 256) return invalid("--threads is a number from 1 to 256");
  return static_cast<int>(*threads);
}

bool print_caveats(std::string_view command, const model::SearchResult& result) {
  for (const std::string& warning : result.warnings) {
    print(stderr, fmt::format("vedette {}: {}\n", command, base::escape_control(warning)));
  }
  if (result.cut != model::Cut::none) {
    print(stderr, fmt::format("vedette {}: the answer is not whole: {}\n", command, result.cut_reason));
  }
  return result.cut != model::Cut::none || !result.warnings.empty();
}

int trouble(std::string_view command, const std::string& message) {
  print(stderr, fmt::format("vedette {}: {}\n", command, message));
  return kExitTrouble;
}

}  // namespace vedette::cli
