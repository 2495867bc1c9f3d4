// fields and stats: what is stored.
#include <algorithm>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/expr/matcher.hpp"

namespace vedette::cli {
namespace {

// "texts 90 %, integers 10 %": the kinds of a field's values.
std::string kinds_text(const ports::FieldUse& field) {
  std::string text;
  const auto add = [&](std::string_view kind, std::uint64_t count) {
    if (count == 0) return;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", count, kind);
  };
  add("text", field.texts);
  add("integer", field.integers);
  add("real", field.reals);
  add("boolean", field.booleans);
  add("null", field.nulls);
  add("list", field.lists);
  return text;
}

void print_field_json(const ports::FieldUse& field) {
  std::string line;
  base::JsonWriter json(line);
  json.begin_object().field("name", field.name).key("rows").number(field.rows);
  json.key("texts")
      .number(field.texts)
      .key("integers")
      .number(field.integers)
      .key("reals")
      .number(field.reals);
  json.key("booleans")
      .number(field.booleans)
      .key("nulls")
      .number(field.nulls)
      .key("lists")
      .number(field.lists);
  json.end_object();
  print(stdout, line + "\n");
}

int run_fields(const Args& args) {
  const auto range = time_range(args);
  if (!range) return trouble("fields", range.error().message);
  const auto data = node::DataReader::open(data_options(args));
  if (!data) return trouble("fields", data.error().message);
  const auto fields = (*data)->store().fields(*range);
  if (!fields) return trouble("fields", fields.error().message);
  const std::string wanted = args.positional().empty() ? "*" : args.positional()[0];
  const expr::WildcardPattern pattern(wanted);
  std::size_t widest = 4;
  for (const ports::FieldUse& field : *fields)
    widest = std::max(widest, std::min<std::size_t>(field.name.size(), 60));
  for (const ports::FieldUse& field : *fields) {
    if (!pattern.matches(field.name)) continue;
    if (args.has("--json")) {
      print_field_json(field);
    } else {
      print(stdout, fmt::format("{:<{}}  {:>12} rows  {}\n", base::escape_control(field.name), widest,
                                field.rows, kinds_text(field)));
    }
  }
  return kExitClean;
}

std::string ratio_text(std::uint64_t raw, std::uint64_t stored) {
  return stored == 0 ? "-" : fmt::format("1/{:.1f}", static_cast<double>(raw) / static_cast<double>(stored));
}

void print_datasets(const store::StoreUse& use) {
  print(stdout, fmt::format("{:<28} {:<10} {:>6} {:>14} {:>12} {:>8}  {}\n", "DATASET", "DAY", "PARTS",
                            "EVENTS", "BYTES", "OF JSON", "LAST EVENT"));
  store::DatasetUse sum;
  for (const store::DatasetUse& dataset : use.datasets) {
    print(stdout,
          fmt::format("{:<28} {:<10} {:>6} {:>14} {:>12} {:>8}  {}\n", base::escape_control(dataset.dataset),
                      dataset.day, dataset.parts, dataset.rows, dataset.bytes,
                      ratio_text(dataset.raw_bytes, dataset.bytes), base::format_rfc3339(dataset.max_time)));
    sum.parts += dataset.parts;
    sum.rows += dataset.rows;
    sum.bytes += dataset.bytes;
    sum.raw_bytes += dataset.raw_bytes;
  }
  print(stdout, fmt::format("{:<28} {:<10} {:>6} {:>14} {:>12} {:>8}\n", "all", "", sum.parts, sum.rows,
                            sum.bytes, ratio_text(sum.raw_bytes, sum.bytes)));
}

int run_stats(const Args& args) {
  const auto data = node::DataReader::open(data_options(args));
  if (!data) return trouble("stats", data.error().message);
  const store::StoreUse use = (*data)->store().use();
  print_datasets(use);
  print(stdout, fmt::format("\nnot yet sealed: {} events\n", use.unsealed_rows));
  for (const std::string& part : use.quarantined) {
    print(stdout, fmt::format("damaged and put aside: {}\n", base::escape_control(part)));
  }
  if (!use.conflicts.empty()) {
    print(
        stdout,
        "\nfields with values of several kinds (all are kept; searches compare them as text and number):\n");
    for (const ports::FieldUse& field : use.conflicts) {
      print(stdout, fmt::format("  {:<40} {}\n", base::escape_control(field.name), kinds_text(field)));
    }
  }
  return use.quarantined.empty() ? kExitClean : kExitFindings;
}

}  // namespace

const CommandSpec& fields_command() {
  static const CommandSpec command{
      "fields",
      "[PATTERN] [options]",
      "list the fields of stored events",
      "Counts are those of whole parts of the store: with a time range they are a bound.",
      {kDataOption, kFromOption, kToOption, {"--json", "", "one JSON object a line"}},
      run_fields};
  return command;
}

const CommandSpec& stats_command() {
  static const CommandSpec command{"stats",
                                   "[options]",
                                   "tell what is stored: datasets, days, bytes, conflicts of types, damage",
                                   "Exit code: 1 if a damaged part was put aside.",
                                   {kDataOption},
                                   run_stats};
  return command;
}

}  // namespace vedette::cli
