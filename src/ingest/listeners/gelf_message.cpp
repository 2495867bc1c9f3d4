// GELF 1.1 fields under ECS names.
#include <array>

#include <simdjson.h>

#include "listeners/gelf.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::ingest {
namespace {

namespace gelf_dom = simdjson::dom;

constexpr std::array<std::string_view, 8> kGelfLevelNames{"emergency", "alert",  "critical",      "error",
                                                          "warning",   "notice", "informational", "debug"};

struct GelfName {
  std::string_view gelf, ecs;
};
constexpr GelfName kGelfNames[] = {{"host", "host.name"},
                                   {"short_message", "message"},
                                   {"full_message", "full_message"},
                                   {"facility", "log.syslog.facility.name"},
                                   {"file", "log.origin.file.name"},
                                   {"line", "log.origin.file.line"}};

std::optional<base::TimeNs> gelf_time(const gelf_dom::element& value) {
  std::int64_t whole = 0;
  double real = 0;
  std::string_view text;
  if (value.get(whole) == simdjson::SUCCESS) return base::from_epoch_number(whole);
  if (value.get(real) == simdjson::SUCCESS) return base::from_epoch_number(real);
  if (value.get(text) != simdjson::SUCCESS) return std::nullopt;
  const auto number = base::parse_double(text);
  return number ? base::from_epoch_number(*number) : std::nullopt;
}

void write_gelf_level(const gelf_dom::element& value, base::JsonWriter& writer) {
  std::int64_t level = 0;
  std::string_view text;
  if (value.get(level) != simdjson::SUCCESS) {
    if (value.get(text) != simdjson::SUCCESS) return;
    const auto number = base::parse_int(text);
    if (!number) {
      writer.field("log.level", text);
      return;
    }
    level = *number;
  }
  writer.key("log.syslog.severity.code").number(level);
  if (level >= 0 && level < 8) writer.field("log.level", kGelfLevelNames[static_cast<std::size_t>(level)]);
}

// An additional field's name without its underscore, unless that would be the name of another.
std::string_view gelf_extra_name(std::string_view name) {
  const std::string_view bare = name.substr(1);
  if (bare.empty() || bare == "@timestamp" || bare == "log.level" || bare == "log.syslog.severity.code")
    return name;
  for (const auto& known : kGelfNames) {
    if (bare == known.ecs || bare == known.gelf) return name;
  }
  return bare;
}

void write_gelf_field(std::string_view name, const gelf_dom::element& value, base::JsonWriter& writer) {
  for (const auto& known : kGelfNames) {
    if (name == known.gelf) {
      name = known.ecs;
      break;
    }
  }
  if (name.starts_with('_')) name = gelf_extra_name(name);
  writer.key(name).raw(simdjson::minify(value));
}

}  // namespace

base::Result<GelfDocument> translate_gelf(std::string_view message) {
  thread_local gelf_dom::parser parser;
  gelf_dom::element root;
  gelf_dom::object object;
  if (parser.parse(message.data(), message.size(), true).get(root) != simdjson::SUCCESS ||
      root.get(object) != simdjson::SUCCESS) {
    return base::make_error(base::ErrorCode::corrupt, "no JSON object, as GELF messages are");
  }
  GelfDocument document;
  base::JsonWriter writer(document.json);
  writer.begin_object();
  for (const auto field : object) {
    if (field.key == "version") continue;
    if (field.key == "level") {
      write_gelf_level(field.value, writer);
    } else if (field.key == "timestamp") {
      const auto time = gelf_time(field.value);
      document.time = time.value_or(0);
      if (time) {
        writer.field("@timestamp", base::format_rfc3339(*time));
      } else {
        write_gelf_field("timestamp", field.value, writer);
      }
    } else {
      write_gelf_field(field.key, field.value, writer);
    }
  }
  writer.end_object();
  return document;
}

}  // namespace vedette::ingest
