// Points in time as queries name them: RFC 3339, a date, and date math ("now-7d/d", "2026-11-03||+1M").
#pragma once

#include <optional>
#include <string_view>

#include "vedette/base/time.hpp"

namespace vedette::query {

// The half-open interval that a text names: a date names its day, "now/h" the hour, an instant its second
// (or less, if it has a fraction or comes from now).
struct Moment {
  base::TimeNs from = 0;
  base::TimeNs to = 0;
};

std::optional<Moment> parse_moment(std::string_view text, base::TimeNs now);
bool is_date_math(std::string_view text);  // begins with "now" and goes on as date math

}  // namespace vedette::query
