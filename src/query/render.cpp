#include "vedette/base/text.hpp"
#include "vedette/query/query.hpp"

namespace vedette::query {
namespace {

// Of a long line only the surroundings of the place are shown.
constexpr std::size_t kShownBefore = 70, kShownAfter = 40;

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += continues_character(c) ? 0 : 1;
  return count;
}

// Where the character with this number (from 0) begins; the end of the text if there is none.
std::size_t start_of(std::string_view text, std::size_t character) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!continues_character(text[at]) && character-- == 0) return at;
  }
  return text.size();
}

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (std::uint32_t i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

void put_place(std::string& out, std::string_view line, std::size_t character) {
  const std::size_t from = character > kShownBefore ? character - kShownBefore : 0;
  const std::size_t begin = start_of(line, from), at = start_of(line, character);
  const std::size_t end = start_of(line, character + kShownAfter);
  const std::string before = (from > 0 ? "..." : "") + base::escape_control(line.substr(begin, at - begin));
  out.append("  ").append(before).append(base::escape_control(line.substr(at, end - at)));
  out.append(end < line.size() ? "...\n  " : "\n  ").append(characters(before), ' ').append("^\n");
}

}  // namespace

std::string render(const base::Diagnostic& diagnostic, std::string_view text) {
  std::string out;
  const auto& span = diagnostic.span;
  if (span.column > 0) put_place(out, line_of(text, span.line), span.column - 1);
  out.append(diagnostic.severity == base::Severity::error ? "error: " : "warning: ")
      .append(diagnostic.message);
  if (span.column > 0) {
    const bool many_lines = text.find('\n') != std::string_view::npos;
    out.append(many_lines ? " (line " + std::to_string(span.line) + ", column " : " (column ")
        .append(std::to_string(span.column) + ")");
  }
  if (!diagnostic.help.empty()) out.append("\n  help: ").append(diagnostic.help);
  return out;
}

}  // namespace vedette::query
