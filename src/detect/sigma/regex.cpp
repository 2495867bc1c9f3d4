#include "sigma/regex.hpp"

#include <re2/re2.h>

namespace vedette::detect::sigma {

namespace {

constexpr std::size_t kMaxPatternBytes = 64 * 1024;
constexpr std::int64_t kMaxMemory = 8 << 20;
constexpr int kMaxProgram = 50'000;

}  // namespace

std::string check_regex(std::string_view pattern, const model::RegexFlags& flags, std::size_t& instructions) {
  if (pattern.size() > kMaxPatternBytes) return "it is longer than 64 KiB";
  std::string whole;
  if (flags.multi_line) whole = "(?m)";
  whole.append(pattern);

  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(kMaxMemory);
  options.set_case_sensitive(!flags.ignore_case);
  options.set_dot_nl(flags.dot_all);
  const RE2 compiled(whole, options);
  if (!compiled.ok()) return compiled.error();
  instructions += static_cast<std::size_t>(compiled.ProgramSize());
  if (compiled.ProgramSize() > kMaxProgram) return "it is too complex (reduce counted repetitions)";
  return {};
}

std::string quote_regex(std::string_view text) {
  return RE2::QuoteMeta({text.data(), text.size()});
}

}  // namespace vedette::detect::sigma
