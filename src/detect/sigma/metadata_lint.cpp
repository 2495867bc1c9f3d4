#include <algorithm>
#include <array>

#include "sigma/metadata.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;

constexpr std::size_t kMaxTitle = 110;
constexpr std::array<std::string_view, 7> kNamespaces = {"attack",    "car", "cve", "d3fend",
                                                         "detection", "stp", "tlp"};
constexpr std::array<std::string_view, 6> kRelations = {"derived", "obsolete", "merged",
                                                        "renamed", "similar",  "correlation"};
constexpr std::array<std::string_view, 4> kLists = {"tags", "references", "falsepositives", "related"};
constexpr std::array<std::string_view, 8> kTexts = {"title", "id",    "name",     "description",
                                                    "date",  "level", "modified", "status"};

// '9' stands for a digit, 'x' for a hexadecimal digit, anything else for itself.
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = base::is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    const bool ok = shape[i] == '9' ? base::is_digit(c) : shape[i] == 'x' ? hex : c == shape[i];
    if (!ok) return false;
  }
  return true;
}

bool is_uuid(std::string_view text) {
  return has_shape(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

// attack.t1059.001, attack.g0016, attack.s0002, attack.lateral-movement
bool is_attack_tag(std::string_view rest) {
  if (has_shape(rest, "t9999") || has_shape(rest, "t9999.999")) return true;
  if (rest.size() == 5 && std::string_view("gscm").find(rest[0]) != std::string_view::npos &&
      has_shape(rest.substr(1), "9999")) {
    return true;
  }
  return !rest.empty() && rest.front() != '-' && rest.back() != '-' &&
         std::all_of(rest.begin(), rest.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

bool is_cve_tag(std::string_view rest) {
  return rest.size() >= 9 && has_shape(rest.substr(0, 5), "9999-") &&
         rest.substr(5).find_first_not_of("0123456789") == std::string_view::npos;
}

void lint_tag(const YamlNode& node, Reporter& report) {
  const std::string_view tag = node.scalar;
  const std::size_t dot = tag.find('.');
  const std::string_view space = tag.substr(0, dot);
  const std::string_view rest = dot == std::string_view::npos ? std::string_view() : tag.substr(dot + 1);
  if (std::find(kNamespaces.begin(), kNamespaces.end(), space) == kNamespaces.end()) {
    report.lint(node.span, "unknown-tag-namespace",
                "the tag \"" + node.scalar + "\" has no namespace of Sigma",
                "the namespaces are attack, car, cve, d3fend, detection, stp and tlp");
  } else if (space == "attack" && !is_attack_tag(rest)) {
    report.lint(node.span, "attack-tag-format",
                "the tag \"" + node.scalar + "\" is not of the form ATT&CK tags have",
                "write attack.t1059.001, attack.g0016 or attack.lateral-movement");
  } else if (space == "cve" && !is_cve_tag(rest)) {
    report.lint(node.span, "cve-tag-format",
                "the tag \"" + node.scalar + "\" is not of the form cve.2021-44228");
  }
}

void lint_types(const YamlNode& document, Reporter& report) {
  for (std::string_view key : kLists) {
    const YamlNode* node = document.find(key);
    if (node == nullptr || node->is_null() || node->is_sequence()) continue;
    report.lint(node->span, "wrong-type", std::string(key) + " must be a list");
  }
  for (std::string_view key : kTexts) {
    const YamlNode* node = document.find(key);
    if (node == nullptr || node->is_null() || node->is_scalar()) continue;
    report.lint(node->span, "wrong-type", std::string(key) + " must be text");
  }
}

void lint_identity(const YamlNode& document, const model::RuleInfo& info, Reporter& report) {
  if (info.title.empty()) {
    report.lint(document.span, "missing-title", "the rule has no title");
  } else if (info.title.size() > kMaxTitle) {
    report.lint(document.find("title")->span, "long-title", "the title is longer than 110 bytes");
  }
  const YamlNode* id = document.find("id");
  if (id == nullptr || id->is_null()) {
    report.lint(document.span, "missing-id", "the rule has no id; one was made from its title",
                "add \"id: " + info.id + "\"");
  } else if (!is_uuid(info.id)) {
    report.lint(id->span, "invalid-id", "the id \"" + info.id + "\" is no UUID");
  }
  for (std::string_view key : {"date", "modified"}) {
    const YamlNode* date = document.find(key);
    if (date == nullptr || !date->is_scalar() || has_shape(date->scalar, "9999-99-99")) continue;
    report.lint(date->span, "date-format",
                std::string(key) + " \"" + date->scalar + "\" is not of the form 2026-11-30");
  }
}

void lint_standing(const YamlNode& document, Reporter& report) {
  const YamlNode* level = document.find("level");
  model::Level parsed_level{};
  if (level == nullptr || level->is_null()) {
    report.lint(document.span, "missing-level", "the rule has no level; taken as medium");
  } else if (level->is_scalar() && !model::parse_level(level->scalar, parsed_level)) {
    report.lint(level->span, "unknown-level", "there is no level \"" + level->scalar + "\"; taken as medium",
                "the levels are informational, low, medium, high and critical");
  }
  const YamlNode* status = document.find("status");
  model::RuleStatus parsed_status{};
  if (status != nullptr && status->is_scalar() && !model::parse_status(status->scalar, parsed_status)) {
    report.lint(status->span, "unknown-status",
                "there is no status \"" + status->scalar + "\"; taken as experimental",
                "it is one of stable, test, experimental, deprecated and unsupported");
  }
}

void lint_related(const YamlNode& document, Reporter& report) {
  const YamlNode* related = document.find("related");
  if (related == nullptr || !related->is_sequence()) return;
  for (const YamlNode& entry : related->items) {
    const std::string_view type = entry.text("type");
    if (!is_uuid(entry.text("id"))) {
      report.lint(entry.span, "related-format", "a related rule has no valid id");
    } else if (std::find(kRelations.begin(), kRelations.end(), type) == kRelations.end()) {
      report.lint(entry.span, "related-format", "there is no relation \"" + std::string(type) + "\"",
                  "it is one of derived, obsolete, merged, renamed, similar and correlation");
    }
  }
}

}  // namespace

void lint_head(const YamlNode& document, const model::RuleInfo& info, DocumentKind kind, Reporter& report) {
  lint_identity(document, info, report);
  lint_types(document, report);
  lint_related(document, report);
  if (kind != DocumentKind::filter) lint_standing(document, report);
  const YamlNode* tags = document.find("tags");
  if (tags == nullptr || !tags->is_sequence()) return;
  for (const YamlNode& tag : tags->items) {
    if (tag.is_scalar()) lint_tag(tag, report);
  }
}

}  // namespace vedette::detect::sigma
