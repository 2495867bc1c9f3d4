// store retain.
#include <algorithm>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kRetain = "store retain";

base::Error wrong(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

// "0" is without bound.
base::Result<base::TimeNs> parse_age(std::string_view option, std::string_view text) {
  if (text == "0") return base::TimeNs{0};
  const auto age = base::parse_duration(text);
  if (age && *age > 0) return *age;
  return wrong(fmt::format("{}: '{}' is no age: write 90d, 12h, or 0 for no bound", option,
                           base::escape_control(text)));
}

// "1500", "200M", "1T": bytes, with the units as powers of 1,024.
base::Result<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr std::string_view kUnits = "KMGT";
  const std::string_view given = text;
  unsigned shift = 0;
  if (const auto unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
      unit != std::string_view::npos) {
    shift = 10 * (static_cast<unsigned>(unit) + 1);
    text.remove_suffix(1);
  }
  const auto number = base::parse_uint(text);
  if (number && *number > 0 && *number <= UINT64_MAX >> shift) return *number << shift;
  return wrong(fmt::format("--max-bytes: '{}' is no number of bytes: write 500000000, 200M or 1T",
                           base::escape_control(given)));
}

base::Result<store::Retention> read_retention(const Args& args) {
  store::Retention retention;
  if (args.has("--max-age")) {
    TRY_ASSIGN(retention.max_age, parse_age("--max-age", args.get("--max-age")));
  }
  if (args.has("--max-bytes")) {
    TRY_ASSIGN(retention.max_bytes, parse_bytes(args.get("--max-bytes")));
  }
  for (const std::string& text : args.all("--dataset")) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) return wrong("--dataset is NAME=AGE, as zeek.dns=30d");
    TRY_ASSIGN(const auto age, parse_age("--dataset", text.substr(equals + 1)));
    retention.max_age_of.emplace_back(text.substr(0, equals), age);
  }
  const bool bounded = retention.max_age > 0 || retention.max_bytes > 0 ||
                       std::any_of(retention.max_age_of.begin(), retention.max_age_of.end(),
                                   [](const auto& of) { return of.second > 0; });
  if (!bounded) return wrong("no bound is given: --max-age, --max-bytes or --dataset NAME=AGE");
  return retention;
}

void tell(const store::Store::Retained& retained, bool dry_run) {
  store::DatasetUse sum;
  for (const store::DatasetUse& use : retained.dropped) {
    print(stdout, fmt::format("{} {}: {} parts, {} events, {} bytes\n", base::escape_control(use.dataset),
                              use.day, use.parts, use.rows, use.bytes));
    sum.parts += use.parts;
    sum.rows += use.rows;
    sum.bytes += use.bytes;
  }
  print(stdout, fmt::format("{}: {} parts with {} events, {} bytes; {} bytes stay\n",
                            dry_run ? "would be dropped" : "dropped", sum.parts, sum.rows, sum.bytes,
                            retained.bytes));
  if (retained.pinned_parts > 0) {
    print(stdout, fmt::format("{} parts beyond the bounds stay because events in them are pinned\n",
                              retained.pinned_parts));
  }
}

int run_retain(const Args& args) {
  if (!args.positional().empty())
    return trouble(kRetain, "takes options only; see vedette store retain --help");
  const auto retention = read_retention(args);
  if (!retention) return trouble(kRetain, retention.error().message);
  const node::DataOptions options = data_options(args);
  // An empty folder is not made into a data folder.
  if (const auto there = node::DataReader::open(options); !there)
    return trouble(kRetain, there.error().message);
  const auto data = node::DataFolder::open(options);
  if (!data) return trouble(kRetain, data.error().message);
  if (const base::Status sealed = (*data)->seal(); !sealed.ok())
    return trouble(kRetain, sealed.error().message);
  const auto retained = (*data)->store().retain(*retention, args.has("--dry-run"));
  if (!retained) return trouble(kRetain, retained.error().message);
  tell(*retained, args.has("--dry-run"));
  return kExitClean;
}

}  // namespace

const CommandSpec& store_retain_command() {
  static const CommandSpec command{
      kRetain,
      "[options]",
      "drop old events: whole parts, oldest day first",
      "Events count as old from the end of their day. Parts that hold pinned events stay. What is dropped "
      "cannot\n"
      "be brought back.",
      {kDataOption,
       {"--max-age", "AGE", "drop what is older, as 90d"},
       {"--max-bytes", "N", "drop the oldest until the parts take no more, as 500G"},
       {"--dataset", "NAME=AGE", "age for one dataset, before --max-age; 0: never (may be repeated)"},
       {"--dry-run", "", "tell what would be dropped, and drop nothing"}},
      run_retain};
  return command;
}

}  // namespace vedette::cli
