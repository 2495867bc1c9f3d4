// What everyone may know of a detection rule: its head, without its detection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::model {

enum class Level : std::uint8_t { informational, low, medium, high, critical };
inline constexpr int kLevels = 5;

std::string_view level_name(Level level);
bool parse_level(std::string_view text, Level& out);

enum class RuleStatus : std::uint8_t { unsupported, deprecated, experimental, test, stable };
std::string_view status_name(RuleStatus status);
bool parse_status(std::string_view text, RuleStatus& out);

// Sigma log source: empty parts are wild.
struct LogSource {
  std::string category, product, service;
  auto operator<=>(const LogSource&) const = default;
  std::string to_string() const;  // "product/category/service" with - for the empty
};

struct RuleInfo {
  std::string id;    // UUID as written; made from the title when the rule has none
  std::string name;  // Sigma `name`, may be empty
  std::string title;
  std::string description;
  std::string author;
  std::string license;
  std::string date;
  Level level = Level::medium;
  RuleStatus status = RuleStatus::experimental;
  LogSource log_source;
  std::vector<std::string> tags;  // as written: attack.t1059.001, cve.2021-44228
  std::vector<std::string> references;
  std::vector<std::string> false_positives;
  std::string file;  // where it was read from
  std::uint32_t line = 0;
};

// ATT&CK technique ids ("T1059.001") and tactic names ("execution") among the tags.
std::vector<std::string> attack_techniques(const RuleInfo& rule);
std::vector<std::string> attack_tactics(const RuleInfo& rule);

}  // namespace vedette::model
