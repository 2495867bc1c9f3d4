// Structured conversions: one text, several ECS fields below a prefix.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/program.hpp"
#include "mapping/writer.hpp"

namespace vedette::normalize {

struct PartName {
  std::string_view suffix;  // ".name"
  bool beside = false;      // below the parent of the prefix: process.hash gives process.pe.imphash
};
// In the order of the enums of namespace part; empty for none and pairs.
std::span<const PartName> parts_of(Structured kind);

// Writes the parts of `value` (a scalar, or for dns_answers perhaps a list). Not for none and pairs.
void write_structured(Structured kind, const model::Value& value, std::span<const Target> parts,
                      TargetWriter& writer);

// The arguments of a command line as the C run-time of Windows cuts it (CommandLineToArgvW), at most
// kMaxArgs.
inline constexpr std::size_t kMaxArgs = 1024;
void split_windows_command_line(std::string_view line, base::Arena& arena, std::vector<model::Value>& out);
// The words of a POSIX shell line: quotes and backslashes are resolved, nothing is expanded.
void split_posix_command_line(std::string_view line, base::Arena& arena, std::vector<model::Value>& out);

}  // namespace vedette::normalize
