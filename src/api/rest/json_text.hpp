// JSON texts from outside, and values as JSON texts.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "vedette/base/result.hpp"

namespace vedette::api {

struct JsonLimits {
  std::size_t max_depth = 32;
  std::size_t max_values = 1'000'000;
  std::size_t max_members = 10'000;  // of one object
};

// One value of RFC 8259 in UTF-8, and nothing after it but blanks. Refused beside what is malformed: a name
// that an object has twice, numbers beyond the range of a double, texts with half a surrogate pair.
// invalid_argument with the place of the fault, or limit.
base::Result<boost::json::value> read_json(std::string_view text, const JsonLimits& limits = {});

// Always valid: bytes that are not UTF-8 become U+FFFD, numbers that are not finite null.
void append_json(std::string& out, const boost::json::value& value);
std::string write_json(const boost::json::value& value);

}  // namespace vedette::api
