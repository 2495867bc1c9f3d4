#include "mapping/convert.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {

using base::Arena;
using model::Value;
using model::ValueKind;

namespace {

constexpr std::int64_t kFiletimeEpoch = 116'444'736'000'000'000;  // 1970 in units of 100 ns since 1601

// A scalar as text that lives as long as the batch.
std::string_view stable_text(const Value& value, Arena& arena) {
  if (value.is_string()) return value.as_string();
  if (value.kind() == ValueKind::boolean) return value.as_boolean() ? "true" : "false";
  model::TextBuffer buffer;
  return arena.copy(model::text_of(value, buffer));
}

std::optional<std::int64_t> integer_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::integer:
      return value.as_integer();
    case ValueKind::real: {
      const double real = value.as_real();
      if (!(std::fabs(real) < 9e18) || real != std::floor(real)) return std::nullopt;
      return static_cast<std::int64_t>(real);
    }
    case ValueKind::string:
      return read_integer(value.as_string());
    default:
      return std::nullopt;
  }
}

std::optional<double> real_of(const Value& value) {
  double out = 0;
  if (!model::number_of(value, out)) return std::nullopt;
  return out;
}

std::optional<bool> boolean_of(const Value& value) {
  if (value.kind() == ValueKind::boolean) return value.as_boolean();
  model::TextBuffer buffer;
  const std::string_view text = base::trim(model::text_of(value, buffer));
  for (const std::string_view yes : {"true", "yes", "1", "on", "t"}) {
    if (base::equals_ignore_case_ascii(text, yes)) return true;
  }
  for (const std::string_view no : {"false", "no", "0", "off", "f"}) {
    if (base::equals_ignore_case_ascii(text, no)) return false;
  }
  return std::nullopt;
}

Value time_value(base::TimeNs time, Arena& arena) {
  char buffer[40];
  const std::size_t length = base::format_rfc3339(time, buffer);
  return Value::string(arena.copy({buffer, length}));
}

std::optional<base::TimeNs> filetime(const Value& value) {
  const std::optional<std::int64_t> ticks = integer_of(value);
  constexpr std::int64_t kMax = kFiletimeEpoch + std::numeric_limits<std::int64_t>::max() / 100;
  if (!ticks || *ticks <= 0 || *ticks > kMax) return std::nullopt;
  constexpr std::int64_t kMin = kFiletimeEpoch - std::numeric_limits<std::int64_t>::max() / 100;
  if (*ticks < kMin) return std::nullopt;
  return (*ticks - kFiletimeEpoch) * 100;
}

std::optional<Value> duration(const Value& value, double unit) {
  const std::optional<double> number = real_of(value);
  if (!number || !(std::fabs(*number * unit) < 9e18)) return std::nullopt;
  return Value::integer(static_cast<std::int64_t>(std::llround(*number * unit)));
}

std::optional<Value> hex_number(std::string_view text) {
  text = base::trim(text);
  if (base::starts_with_ignore_case_ascii(text, "0x")) text.remove_prefix(2);
  const std::optional<std::uint64_t> number = base::parse_uint(text, 16);
  if (!number || *number > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return Value::integer(static_cast<std::int64_t>(*number));
}

std::optional<Value> upper(std::string_view text, Arena& arena) {
  char* to = arena.allocate(text.size());
  std::transform(text.begin(), text.end(), to,
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return Value::string({to, text.size()});
}

// Twelve hex digits with any separators, as 00-00-5E-00-53-23.
std::optional<Value> mac(std::string_view text, Arena& arena) {
  char out[17];
  std::size_t digits = 0;
  for (const char c : text) {
    const bool hex = base::is_digit(c) || (base::ascii_lower(c) >= 'a' && base::ascii_lower(c) <= 'f');
    if (!hex) {
      if (c == ':' || c == '-' || c == '.' || c == ' ') continue;
      return std::nullopt;
    }
    if (digits == 12) return std::nullopt;
    const std::size_t at = digits + digits / 2;
    if (digits % 2 == 0 && digits > 0) out[at - 1] = '-';
    out[at] = c >= 'a' ? static_cast<char>(c - 32) : c;
    ++digits;
  }
  if (digits != 12) return std::nullopt;
  return Value::string(arena.copy({out, sizeof out}));
}

std::optional<Value> text_part(std::string_view part) {
  if (part.empty()) return std::nullopt;
  return Value::string(part);
}

std::optional<Value> convert_number(Scalar step, const Value& value, Arena& arena) {
  switch (step) {
    case Scalar::filetime:
      if (const auto time = filetime(value)) return time_value(*time, arena);
      return std::nullopt;
    case Scalar::seconds:
      return duration(value, 1e9);
    case Scalar::milliseconds:
      return duration(value, 1e6);
    case Scalar::microseconds:
      return duration(value, 1e3);
    case Scalar::port: {
      const std::optional<std::int64_t> number = integer_of(value);
      if (!number || *number < 1 || *number > 65535) return std::nullopt;
      return Value::integer(*number);
    }
    case Scalar::negate:
      if (const auto truth = boolean_of(value)) return Value::boolean(!*truth);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<Value> convert_text(Scalar step, const Value& value, Arena& arena) {
  const std::string_view text = stable_text(value, arena);
  switch (step) {
    case Scalar::hex:
      return hex_number(text);
    case Scalar::lower:
      return Value::string(lower_in(arena, text));
    case Scalar::upper:
      return upper(text, arena);
    case Scalar::trim:
      return text_part(base::trim(text));
    case Scalar::basename:
      return text_part(basename_of(text));
    case Scalar::dirname:
      return text_part(dirname_of(text));
    case Scalar::extension:
      return text_part(extension_of(text));
    case Scalar::drive_letter:
      return text_part(drive_letter_of(text));
    case Scalar::host:
      return text_part(split_host_port(base::trim(text)).host);
    case Scalar::strip_quotes:
      return text_part(strip_quotes(text));
    case Scalar::mac:
      return mac(text, arena);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::int64_t> read_integer(std::string_view text) {
  text = base::trim(text);
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    const std::optional<std::uint64_t> number = base::parse_uint(text.substr(2), 16);
    if (!number || *number > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    return static_cast<std::int64_t>(*number);
  }
  return base::parse_int(text);
}

std::optional<base::TimeNs> read_time(const Value& value) {
  switch (value.kind()) {
    case ValueKind::integer:
      return base::from_epoch_number(value.as_integer());
    case ValueKind::real:
      return base::from_epoch_number(value.as_real());
    case ValueKind::string:
      break;
    default:
      return std::nullopt;
  }
  const std::string_view text = base::trim(value.as_string());
  if (const auto time = base::parse_iso8601(text)) return time;
  if (const auto number = base::parse_int(text)) return base::from_epoch_number(*number);
  if (const auto number = base::parse_double(text)) return base::from_epoch_number(*number);
  return std::nullopt;
}

std::string_view read_ip(std::string_view text, Arena& arena) {
  text = base::trim(text);
  if (text.size() < 2 || text.size() > 64) return {};
  if (text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const std::size_t zone = text.find('%');
  if (zone != std::string_view::npos) text = text.substr(0, zone);
  const std::optional<base::IpAddress> address = base::IpAddress::parse(text);
  if (!address) return {};
  if (text.find(':') == std::string_view::npos) return text;
  const std::string canonical = address->to_string();
  return canonical == text ? text : arena.copy(canonical);
}

std::string_view lower_in(Arena& arena, std::string_view text) {
  char* const to = arena.allocate(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto offset = static_cast<unsigned char>(text[i] - 'A');
    to[i] = static_cast<char>(text[i] | (offset < 26 ? 0x20 : 0));
  }
  return {to, text.size()};
}

bool to_ecs_type(EcsType type, const Value& value, Arena& arena, Value& out) {
  switch (type) {
    case EcsType::text:
      out = value.is_string() ? value : Value::string(stable_text(value, arena));
      return true;
    case EcsType::integer:
      if (const auto number = integer_of(value)) return out = Value::integer(*number), true;
      return false;
    case EcsType::real:
      if (const auto number = real_of(value)) return out = Value::real(*number), true;
      return false;
    case EcsType::boolean:
      if (const auto truth = boolean_of(value)) return out = Value::boolean(*truth), true;
      return false;
    case EcsType::ip: {
      if (!value.is_string()) return false;
      const std::string_view address = read_ip(value.as_string(), arena);
      out = Value::string(address);
      return !address.empty();
    }
    case EcsType::date:
      if (const auto time = read_time(value)) return out = time_value(*time, arena), true;
      return false;
  }
  return false;
}

bool convert(Scalar step, const Value& value, Arena& arena, Value& out) {
  switch (step) {
    case Scalar::text:
      return to_ecs_type(EcsType::text, value, arena, out);
    case Scalar::integer:
      return to_ecs_type(EcsType::integer, value, arena, out);
    case Scalar::real:
      return to_ecs_type(EcsType::real, value, arena, out);
    case Scalar::boolean:
      return to_ecs_type(EcsType::boolean, value, arena, out);
    case Scalar::ip:
      return to_ecs_type(EcsType::ip, value, arena, out);
    case Scalar::time:
      return to_ecs_type(EcsType::date, value, arena, out);
    default:
      break;
  }
  std::optional<Value> result = convert_number(step, value, arena);
  if (!result) result = convert_text(step, value, arena);
  if (!result) return false;
  out = *result;
  return true;
}

std::string_view basename_of(std::string_view path) {
  const std::size_t slash = find_last_any<'\\', '/'>(path);
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view dirname_of(std::string_view path) {
  const std::size_t slash = find_last_any<'\\', '/'>(path);
  if (slash == std::string_view::npos) return {};
  return path.substr(0, slash == 0 ? 1 : slash);
}

std::string_view extension_of(std::string_view path) {
  std::string_view name = basename_of(path);
  // An alternate data stream ("a.txt:stream") is not part of the extension.
  name = name.substr(0, name.find(':'));
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view{} : name.substr(dot + 1);
}

std::string_view drive_letter_of(std::string_view path) {
  if (path.substr(0, 4) == "\\\\?\\" || path.substr(0, 4) == "\\??\\") path.remove_prefix(4);
  const bool letter =
      path.size() >= 2 && base::is_alnum(path[0]) && !base::is_digit(path[0]) && path[1] == ':';
  return letter ? path.substr(0, 1) : std::string_view{};
}

std::string_view strip_quotes(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

HostPort split_host_port(std::string_view text) {
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    text.remove_prefix(scheme + 3);
  }
  while (!text.empty() && (text.front() == '\\' || text.front() == '/')) text.remove_prefix(1);
  text = text.substr(0, find_any<'/', '\\', '?', '#'>(text));
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return {};
    const std::string_view rest = text.substr(close + 1);
    return {text.substr(1, close - 1), rest.substr(0, 1) == ":" ? rest.substr(1) : std::string_view{}};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
    return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace vedette::normalize
