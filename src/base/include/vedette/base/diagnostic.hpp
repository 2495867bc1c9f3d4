// Diagnostics: what is wrong with something a person wrote (a rule, a mapping, a configuration), with its
// place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::base {

enum class Severity : std::uint8_t { note, warning, error };

// A place in a text file; line and column count from 1, 0 means unknown.
struct SourceSpan {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct Diagnostic {
  Severity severity = Severity::error;
  std::string file;  // as the user named it
  SourceSpan span;
  std::string code;     // stable kebab-case name, e.g. "unknown-modifier"
  std::string message;  // one sentence
  std::string help;     // what to do about it; may be empty

  // "file:line:column: error: message [code]" and, on a second line, "  help: ...".
  std::string to_string() const;
};

using Diagnostics = std::vector<Diagnostic>;

bool has_errors(const Diagnostics& diagnostics);

}  // namespace vedette::base
