// Scalar conversions of mappings. All are pure, linear in their input, and write new bytes to the arena only.
#pragma once

#include <optional>
#include <string_view>

#include "mapping/program.hpp"
#include "vedette/base/arena.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/value.hpp"

namespace vedette::normalize {

// Brings a scalar to an ECS type; false if it cannot be one.
bool to_ecs_type(EcsType type, const model::Value& value, base::Arena& arena, model::Value& out);

// One step of `as`; false if the value cannot be converted.
bool convert(Scalar step, const model::Value& value, base::Arena& arena, model::Value& out);

std::optional<std::int64_t> read_integer(std::string_view text);  // decimal or 0x, white space around it
std::optional<base::TimeNs> read_time(const model::Value& value);
// The address in `text` without brackets, zone and the prefix of a mapped IPv4 address; empty if it is none.
std::string_view read_ip(std::string_view text, base::Arena& arena);
// A copy of `text` with the ASCII letters in lower case.
std::string_view lower_in(base::Arena& arena, std::string_view text);

// Position of the first (last) of a few characters, or npos. Faster than find_first_of, which calls memchr
// per byte.
template <char... kChars>
constexpr std::size_t find_any(std::string_view text, std::size_t from = 0) {
  for (std::size_t i = from; i < text.size(); ++i) {
    if (((text[i] == kChars) || ...)) return i;
  }
  return std::string_view::npos;
}
template <char... kChars>
constexpr std::size_t find_last_any(std::string_view text) {
  for (std::size_t i = text.size(); i-- > 0;) {
    if (((text[i] == kChars) || ...)) return i;
  }
  return std::string_view::npos;
}

std::string_view basename_of(std::string_view path);
std::string_view dirname_of(std::string_view path);
std::string_view extension_of(std::string_view path);
std::string_view drive_letter_of(std::string_view path);  // upper or lower case as in the path
std::string_view strip_quotes(std::string_view text);

struct HostPort {
  std::string_view host;
  std::string_view port;  // empty if there is none
};
// "host", "host:port", "[v6]:port", "v6", "\\host", "scheme://user@host:port/path".
HostPort split_host_port(std::string_view text);

}  // namespace vedette::normalize
