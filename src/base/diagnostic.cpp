#include "vedette/base/diagnostic.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

const char* severity_name(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "error";
}

}  // namespace

std::string Diagnostic::to_string() const {
  std::string out = escape_control(file);
  if (span.line != 0) {
    if (!out.empty()) out += ':';
    out += std::to_string(span.line);
    if (span.column != 0) out.append(":").append(std::to_string(span.column));
  }
  if (!out.empty()) out += ": ";
  out.append(severity_name(severity)).append(": ").append(escape_control(message));
  if (!code.empty()) out.append(" [").append(code).append("]");
  if (!help.empty()) out.append("\n  help: ").append(escape_control(help));
  return out;
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

}  // namespace vedette::base
