#include "stage.hpp"

#include "vedette/base/text.hpp"
#include "vedette/expr/matcher.hpp"

namespace vedette::query {

void RunState::cut_at(model::Cut why, std::string reason) {
  if (cut != model::Cut::none) return;
  cut = why;
  cut_reason = std::move(reason);
}

bool RunState::hold(std::uint64_t bytes, std::string_view what) {
  memory += bytes;
  if (memory <= options->limits.max_memory) return true;
  cut_at(model::Cut::memory, std::string(what) + " needed more than the " +
                                 std::to_string(options->limits.max_memory >> 20) +
                                 " MiB a query may hold; later rows were left out");
  return false;
}

bool RunState::cancelled() {
  if (!cancellation || !cancellation->cancelled()) return false;
  cut_at(model::Cut::cancelled, "the search was cancelled");
  return true;
}

std::vector<std::string> RunState::warnings() const {
  std::vector<std::string> out;
  for (const Fault& fault : faults) {
    if (fault.rows == 0) continue;
    out.push_back(fault.where + fault.reason + " (" + std::to_string(fault.rows) +
                  (fault.rows == 1 ? " row)" : " rows)"));
  }
  return out;
}

void Columns::set(std::vector<std::string> names) {
  known_ = true;
  names_.clear();
  for (std::string& name : names) add(name);
}

void Columns::add(std::string_view name) {
  if (known_ && std::find(names_.begin(), names_.end(), name) == names_.end()) names_.emplace_back(name);
}

void Columns::keep(const std::vector<std::string>& patterns) {
  std::vector<std::string> kept;
  for (const std::string& pattern : patterns) {
    const bool wildcard = pattern.find('*') != std::string::npos;
    if (!wildcard) {
      kept.push_back(pattern);
      continue;
    }
    if (!known_) return;
    const expr::WildcardPattern names(pattern);
    for (const std::string& name : names_) {
      if (names.matches(name)) kept.push_back(name);
    }
  }
  set(std::move(kept));
}

void Columns::drop(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    const expr::WildcardPattern names(pattern);
    std::erase_if(names_, [&](const std::string& name) { return names.matches(name); });
  }
}

void Columns::rename(std::string_view from, std::string_view to) {
  const auto it = std::find(names_.begin(), names_.end(), from);
  if (it == names_.end() || from == to) return;
  std::erase(names_, std::string(to));
  *std::find(names_.begin(), names_.end(), from) = to;
}

base::Error query_error(base::ErrorCode code, Span span, std::string_view message) {
  std::string text(message);
  if (span.column > 0) text += " (column " + std::to_string(span.column) + ")";
  return base::make_error(code, std::move(text));
}

}  // namespace vedette::query
