#include "vedette/model/rule.hpp"

#include <algorithm>
#include <array>

#include "vedette/base/text.hpp"

namespace vedette::model {
namespace {

constexpr std::array<std::string_view, kLevels> kLevelNames = {"informational", "low", "medium", "high",
                                                               "critical"};
constexpr std::array<std::string_view, 5> kStatusNames = {"unsupported", "deprecated", "experimental", "test",
                                                          "stable"};

template <typename Enum, std::size_t N>
bool parse_name(std::string_view text, const std::array<std::string_view, N>& names, Enum& out) {
  for (std::size_t i = 0; i < N; ++i) {
    if (base::equals_ignore_case_ascii(text, names[i])) {
      out = static_cast<Enum>(i);
      return true;
    }
  }
  return false;
}

bool is_technique(std::string_view name) {
  return name.size() >= 5 && (name[0] == 't' || name[0] == 'T') &&
         std::all_of(name.begin() + 1, name.end(), [](char c) { return base::is_digit(c) || c == '.'; });
}

// The part of an "attack." tag after the name space, or empty.
std::string_view attack_part(std::string_view tag) {
  constexpr std::string_view kNamespace = "attack.";
  return base::starts_with_ignore_case_ascii(tag, kNamespace) ? tag.substr(kNamespace.size())
                                                              : std::string_view{};
}

}  // namespace

std::string_view level_name(Level level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

bool parse_level(std::string_view text, Level& out) {
  if (base::equals_ignore_case_ascii(text, "info")) text = "informational";
  return parse_name(text, kLevelNames, out);
}

std::string_view status_name(RuleStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}
bool parse_status(std::string_view text, RuleStatus& out) {
  return parse_name(text, kStatusNames, out);
}

std::string LogSource::to_string() const {
  const auto part = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
  return part(product) + "/" + part(category) + "/" + part(service);
}

std::vector<std::string> attack_techniques(const RuleInfo& rule) {
  std::vector<std::string> found;
  for (const std::string& tag : rule.tags) {
    const std::string_view name = attack_part(tag);
    if (!is_technique(name)) continue;
    std::string id(name);
    id[0] = 'T';
    found.push_back(std::move(id));
  }
  return found;
}

std::vector<std::string> attack_tactics(const RuleInfo& rule) {
  std::vector<std::string> found;
  for (const std::string& tag : rule.tags) {
    const std::string_view name = attack_part(tag);
    // Groups (g0016) and software (s0002) share the name space.
    const bool numbered = name.size() > 1 && base::is_digit(name[1]);
    if (!name.empty() && !numbered) found.push_back(base::to_lower_ascii(name));
  }
  return found;
}

}  // namespace vedette::model
