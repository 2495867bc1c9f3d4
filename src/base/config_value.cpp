#include "config_value.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::base {
namespace {

using ConfigValue = ConfigSection::Value;

struct ByteUnit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array<ByteUnit, 9> kByteUnits{{{"TiB", std::int64_t{1} << 40},
                                              {"TB", 1'000'000'000'000},
                                              {"GiB", std::int64_t{1} << 30},
                                              {"GB", 1'000'000'000},
                                              {"MiB", std::int64_t{1} << 20},
                                              {"MB", 1'000'000},
                                              {"KiB", std::int64_t{1} << 10},
                                              {"KB", 1'000},
                                              {"B", 1}}};

std::optional<std::int64_t> parse_config_bytes(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const auto count = parse_int(text.substr(0, digits));
  const std::string_view unit_name = trim(text.substr(digits));
  if (!count) return std::nullopt;
  if (unit_name.empty()) return count;
  for (const ByteUnit& unit : kByteUnits) {
    if (!equals_ignore_case_ascii(unit.name, unit_name)) continue;
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(*count, unit.bytes, &bytes)) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

std::optional<TimeNs> parse_config_duration(std::string_view text) {
  return text == "0" ? TimeNs{0} : parse_duration(text);
}

std::optional<bool> parse_config_boolean(std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "on", "1"}) {
    if (equals_ignore_case_ascii(text, yes)) return true;
  }
  for (const std::string_view no : {"false", "no", "off", "0"}) {
    if (equals_ignore_case_ascii(text, no)) return false;
  }
  return std::nullopt;
}

std::string quoted_for_people(std::string_view text) {
  constexpr std::size_t kShown = 60;
  const bool cut = text.size() > kShown;
  return "\"" + escape_control(text.substr(0, kShown)) + (cut ? "...\"" : "\"");
}

Error expected(const ConfigKey& key, std::string_view text, std::string_view form) {
  return make_error(ErrorCode::invalid_argument, fmt::format("{} is no {} ({})", quoted_for_people(text),
                                                             config_type_name(key.type), form));
}

std::string bound_text(ConfigType type, std::int64_t bound) {
  if (type == ConfigType::bytes) return format_config_bytes(bound);
  if (type == ConfigType::duration) return format_duration(bound);
  return std::to_string(bound);
}

Status check_choice(const ConfigKey& key, const std::string& text) {
  if (key.choices.empty()) return ok_status();
  if (std::find(key.choices.begin(), key.choices.end(), text) != key.choices.end()) return ok_status();
  const std::vector<std::string_view> choices(key.choices.begin(), key.choices.end());
  const auto near = nearest_name(text, choices);
  return make_error(ErrorCode::invalid_argument,
                    fmt::format("{} is none of {}{}", quoted_for_people(text), fmt::join(key.choices, ", "),
                                near.empty() ? "" : fmt::format("; did you mean {}?", near)));
}

Status check_bounds(const ConfigKey& key, std::string_view text, std::int64_t value) {
  if ((!key.min || value >= *key.min) && (!key.max || value <= *key.max)) return ok_status();
  return make_error(ErrorCode::limit,
                    fmt::format("{} is out of bounds: {}", escape_control(text), config_bounds_text(key)));
}

Result<ConfigValue> parse_number(const ConfigKey& key, std::string_view text) {
  std::optional<std::int64_t> number;
  std::string_view form = "such as 42";
  if (key.type == ConfigType::bytes) {
    number = parse_config_bytes(text);
    form = "such as 64MiB, 10GB or 4096";
  } else if (key.type == ConfigType::duration) {
    number = parse_config_duration(text);
    form = "such as 250ms, 30s or 7d";
  } else {
    number = parse_int(text);
  }
  if (!number) return expected(key, text, form);
  TRY(check_bounds(key, text, *number));
  ConfigValue value;
  value.integer = *number;
  return value;
}

bool is_plain_yaml_text(std::string_view text) {
  if (text.empty() || !(is_alnum(text.front()) || text.front() == '/') || is_digit(text.front()))
    return false;
  for (const std::string_view special : {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}) {
    if (equals_ignore_case_ascii(text, special)) return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.' || c == '/'; });
}

// Double quotes; all that YAML readers do not take as it is becomes an escape.
std::string yaml_text(std::string_view text) {
  if (is_plain_yaml_text(text)) return std::string(text);
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const auto code = static_cast<std::uint32_t>(decode_utf8(text, at));
    if (code == '"' || code == '\\') {
      out += '\\';
      out += static_cast<char>(code);
    } else if (code == '\n') {
      out += "\\n";
    } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      out += fmt::format("\\x{:02x}", code);
    } else if ((code >= 0x2028 && code <= 0x202e) || code == 0xfeff || (code >= 0xfff0 && code <= 0xffff)) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  return out + '"';
}

std::string real_text(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

Result<ConfigSection::Value> check_config_texts(const ConfigKey& key, std::vector<std::string> texts) {
  for (const std::string& text : texts) TRY(check_choice(key, text));
  ConfigValue value;
  value.type = ConfigType::texts;
  value.texts = std::move(texts);
  return value;
}

Result<ConfigSection::Value> parse_config_value(const ConfigKey& key, std::string_view text) {
  if (!is_valid_utf8(text)) {
    return make_error(ErrorCode::invalid_argument, "the value is no UTF-8 text");
  }
  ConfigValue value;
  switch (key.type) {
    case ConfigType::text:
    case ConfigType::secret:
      value.text = text;
      TRY(check_choice(key, value.text));
      break;
    case ConfigType::integer:
    case ConfigType::bytes:
    case ConfigType::duration: {
      TRY_ASSIGN(value, parse_number(key, text));
      break;
    }
    case ConfigType::real: {
      const auto real = parse_double(text);
      if (!real) return expected(key, text, "such as 0.5");
      value.real = *real;
      break;
    }
    case ConfigType::boolean: {
      const auto boolean = parse_config_boolean(text);
      if (!boolean) return expected(key, text, "true or false");
      value.boolean = *boolean;
      break;
    }
    case ConfigType::texts: {
      std::vector<std::string> texts;
      for (const std::string_view item : split(text, ',')) {
        if (!trim(item).empty()) texts.emplace_back(trim(item));
      }
      return check_config_texts(key, std::move(texts));
    }
    case ConfigType::section:
    case ConfigType::sections:
      CHECK(false);
  }
  value.type = key.type;
  return value;
}

ConfigSection::Value default_config_value(const ConfigKey& key) {
  const bool by_text = key.type == ConfigType::text || key.type == ConfigType::secret;
  if (key.default_value.empty() || key.type == ConfigType::section || key.type == ConfigType::sections) {
    ConfigValue value;
    value.type = key.type;
    return value;
  }
  if (by_text && key.choices.empty()) {
    ConfigValue value;
    value.type = key.type;
    value.text = key.default_value;
    return value;
  }
  return parse_config_value(key, key.default_value).value();
}

std::string_view config_type_name(ConfigType type) {
  switch (type) {
    case ConfigType::text:
      return "text";
    case ConfigType::integer:
      return "whole number";
    case ConfigType::real:
      return "number";
    case ConfigType::boolean:
      return "true or false";
    case ConfigType::bytes:
      return "number of bytes";
    case ConfigType::duration:
      return "duration";
    case ConfigType::secret:
      return "secret text";
    case ConfigType::texts:
      return "list of texts";
    case ConfigType::section:
      return "section";
    case ConfigType::sections:
      return "list of sections";
  }
  return "text";
}

std::string config_bounds_text(const ConfigKey& key) {
  if (key.min && key.max) {
    return bound_text(key.type, *key.min) + " to " + bound_text(key.type, *key.max);
  }
  if (key.min) return "at least " + bound_text(key.type, *key.min);
  if (key.max) return "at most " + bound_text(key.type, *key.max);
  return {};
}

std::string format_config_bytes(std::int64_t bytes) {
  if (bytes == 0) return "0";
  const ByteUnit* best = &kByteUnits.back();
  for (const ByteUnit& unit : kByteUnits) {
    if (bytes % unit.bytes == 0 && bytes / unit.bytes < bytes / best->bytes) best = &unit;
  }
  return std::to_string(bytes / best->bytes) + (best->bytes == 1 ? "" : std::string(best->name));
}

std::string format_config_value(const ConfigSection::Value& value) {
  switch (value.type) {
    case ConfigType::text:
      return yaml_text(value.text);
    case ConfigType::secret:
      return value.text.empty() ? "\"\"" : fmt::format("\"{}\"", kSecretMask);
    case ConfigType::integer:
      return std::to_string(value.integer);
    case ConfigType::bytes:
      return format_config_bytes(value.integer);
    case ConfigType::duration:
      return format_duration(value.integer);
    case ConfigType::real:
      return real_text(value.real);
    case ConfigType::boolean:
      return value.boolean ? "true" : "false";
    case ConfigType::texts: {
      std::vector<std::string> items;
      for (const std::string& text : value.texts) items.push_back(yaml_text(text));
      return fmt::format("[{}]", fmt::join(items, ", "));
    }
    case ConfigType::section:
      return "{}";
    case ConfigType::sections:
      return "[]";
  }
  return {};
}

}  // namespace vedette::base
