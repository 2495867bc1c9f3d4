// Every command and function of the language, for checks, help and "did you mean".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::query {

enum class FunctionKind : unsigned char { scalar, aggregate };

struct FunctionEntry {
  std::string_view name;
  FunctionKind kind;
  int min_args;
  int max_args;
  std::string_view syntax;
  std::string_view summary;
};

struct CommandEntry {
  std::string_view name;
  std::string_view syntax;
  std::string_view summary;
};

std::span<const CommandEntry> command_table();
std::span<const FunctionEntry> function_table();
// By lower-case name; nullptr if there is none.
const FunctionEntry* find_function_entry(std::string_view name, FunctionKind kind);
std::vector<std::string_view> function_names(FunctionKind kind);
std::vector<std::string_view> command_names();

}  // namespace vedette::query
