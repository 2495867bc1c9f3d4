// The style sheet of the HTML report, for the screen and for paper.
#pragma once

#include <string_view>

namespace vedette::cases::report {

std::string_view report_style();

}  // namespace vedette::cases::report
