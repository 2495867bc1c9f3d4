#include "vedette/detect/foreign_alert.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"
#include "vedette/detect/correlator.hpp"
#include "vedette/detect/engine.hpp"

namespace vedette::detect {
namespace {

using model::Level;

constexpr std::size_t kMaxTextBytes = 256, kMaxTags = 16;

// Of the first value.
std::string first_text(const model::Event& event, std::string_view field) {
  const model::Value* value = event.find(model::intern(field));
  if (!value || value->elements().empty()) return {};
  model::TextBuffer buffer;
  return std::string(base::utf8_prefix(model::text_of(value->elements().front(), buffer), kMaxTextBytes));
}

std::optional<std::int64_t> foreign_number(const model::Event& event, std::string_view field) {
  const std::string text = first_text(event, field);
  const auto number = base::parse_uint(text);
  if (!number || *number > 1'000'000) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

Level by_steps(std::int64_t value, std::int64_t low, std::int64_t medium, std::int64_t high,
               std::int64_t critical) {
  if (value >= critical) return Level::critical;
  if (value >= high) return Level::high;
  if (value >= medium) return Level::medium;
  return value >= low ? Level::low : Level::informational;
}

Level by_name(std::string_view name) {
  const std::string lower = base::to_lower_ascii(name);
  Level level = Level::medium;
  if (model::parse_level(lower, level)) return level;
  if (lower == "emergency" || lower == "alert" || lower == "fatal") return Level::critical;
  if (lower == "error" || lower == "err") return Level::high;
  if (lower == "notice" || lower == "info" || lower == "debug") return Level::low;
  return Level::medium;
}

}  // namespace

Level level_of_foreign(const model::Event& event) {
  const auto severity = foreign_number(event, "event.severity");
  if (!severity) return by_name(first_text(event, "log.level"));
  const std::string module = first_text(event, "event.module");
  if (module == "suricata" || module == "snort") {
    return *severity <= 1 ? Level::high : *severity == 2 ? Level::medium : Level::low;
  }
  if (module == "wazuh" || module == "ossec") return by_steps(*severity, 3, 7, 10, 13);
  return by_steps(*severity, 10, 40, 70, 90);
}

std::shared_ptr<const model::RuleInfo> ForeignAlerts::rule_of(const model::Event& event) {
  const std::string module = first_text(event, "event.module");
  std::string title = first_text(event, "rule.name");
  if (title.empty()) title = first_text(event, "message");
  if (title.empty()) title = "Alert of " + (module.empty() ? "another product" : module);
  std::string identity = first_text(event, "rule.id");
  if (identity.empty()) identity = base::hash128_hex(title);
  const Level level = level_of_foreign(event);
  std::string id = (module.empty() ? "foreign" : module) + ":" + identity;
  // One rule may alert at several levels.
  const std::string key = id + '\0' + title + '\0' + std::string(model::level_name(level));
  if (const auto it = rules_.find(key); it != rules_.end()) return it->second;
  auto info = std::make_shared<model::RuleInfo>();
  info->id = std::move(id);
  info->title = std::move(title);
  info->author = first_text(event, "observer.product");
  info->level = level;
  for (const std::string_view field : {"threat.technique.id", "threat.tactic.name"}) {
    const model::Value* value = event.find(model::intern(field));
    if (!value) continue;
    const auto texts = value->elements();
    for (const model::Value& text : texts.first(std::min(texts.size(), kMaxTags))) {
      if (!text.is_string()) continue;
      std::string tag = "attack." + base::to_lower_ascii(base::utf8_prefix(text.as_string(), kMaxTextBytes));
      std::replace(tag.begin(), tag.end(), ' ', '-');
      info->tags.push_back(std::move(tag));
    }
  }
  if (rules_.size() >= kMaxForeignRules) rules_.clear();
  rules_.emplace(key, info);
  return info;
}

std::vector<model::AlertRecord> ForeignAlerts::of(const std::shared_ptr<const model::EventBatch>& batch,
                                                  base::TimeNs detected) {
  static const model::FieldId kOwn = model::intern("vedette.alert.id");
  std::vector<model::AlertRecord> out;
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (std::uint32_t row = 0; row < batch->size(); ++row) {
    const model::Event event = (*batch)[row];
    if (event.text(model::field::event_kind) != "alert" || event.find(kOwn)) continue;
    model::Alert alert;
    alert.rule = rule_of(event);
    alert.id = alert_id(*alert.rule, event_id(event));
    alert.batch = batch;
    alert.row = row;
    alert.time = event.time();
    model::AlertRecord record = model::to_record(alert, detected);
    const auto [it, is_new] = known.try_emplace({record.rule_id, record.group_key}, out.size());
    if (!is_new) {
      ++out[it->second].suppressed;
      continue;
    }
    out.push_back(std::move(record));
  }
  return out;
}

}  // namespace vedette::detect
