// Times as texts of a given format: %Y %m %d %e %H %I %p %M %S %f (fraction of the second, 1 to 9 digits; 6
// are written) %L (milliseconds) %y %j %b %B %a %A %z %Z %s (seconds since 1970) %F (%Y-%m-%d) %T (%H:%M:%S)
// %%. UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vedette/base/time.hpp"

namespace vedette::query {

// nullopt if the format has an unknown letter.
std::optional<std::string> format_time(base::TimeNs time, std::string_view format);
// nullopt if the text does not have the format, or names no time.
std::optional<base::TimeNs> parse_time(std::string_view text, std::string_view format);

}  // namespace vedette::query
