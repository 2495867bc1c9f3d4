#include "vedette/base/text.hpp"
#include "vedette/query/query.hpp"

namespace vedette::query {

std::string render(const base::Diagnostic& diagnostic, std::string_view text) {
  std::string out;
  std::uint32_t line = 1;
  std::size_t begin = 0;
  while (line < diagnostic.span.line) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;
    begin = end + 1;
    ++line;
  }
  if (diagnostic.span.column > 0) {
    const std::string_view shown = text.substr(begin, text.find('\n', begin) - begin);
    out.append("  ").append(base::escape_control(shown)).append("\n  ");
    out.append(diagnostic.span.column - 1, ' ').append("^\n");
  }
  out.append(diagnostic.severity == base::Severity::error ? "error: " : "warning: ")
      .append(diagnostic.message);
  if (diagnostic.span.column > 0) out.append(" (column " + std::to_string(diagnostic.span.column) + ")");
  if (!diagnostic.help.empty()) out.append("\n  help: ").append(diagnostic.help);
  return out;
}

}  // namespace vedette::query
